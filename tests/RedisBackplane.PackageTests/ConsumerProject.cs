namespace RedisBackplane.PackageTests;

/// <summary>A new project outside of the repository, which uses nothing of it but the packed package.</summary>
internal sealed class ConsumerProject
{
    // Farms on .NET Framework use OWIN, which SignalR depends on. If the feed does not have it, the restore would fail
    // for a reason that is not ours.
    private const string OwinPruning = """
          <PropertyGroup>
            <RestoreEnablePackagePruning>true</RestoreEnablePackagePruning>
          </PropertyGroup>
          <ItemGroup>
            <PrunePackageReference Include="Owin;Microsoft.Owin;Microsoft.Owin.Security" Version="99.0.0" />
          </ItemGroup>
        """;

    // For a reference to an assembly without a strong name, CS8002 would only warn; .NET Framework would not load it.
    private static readonly string StrongName = $"""
        <SignAssembly>true</SignAssembly>
        <AssemblyOriginatorKeyFile>{Path.Combine(Checkout.Root, "eng", "RedisBackplane.snk")}</AssemblyOriginatorKeyFile>
        <WarningsAsErrors>$(WarningsAsErrors);CS8002</WarningsAsErrors>
        """;

    private readonly string _framework;

    private ConsumerProject(string folder, string framework)
    {
        Folder = folder;
        _framework = framework;
    }

    public string Folder { get; }

    public string Output => Path.Combine(Folder, "out");

    public bool RunsOnMono => _framework != "net10.0" && !OperatingSystem.IsWindows();

    /// <summary>What starts it: the program to run, and its first arguments.</summary>
    public (string Program, string[] Arguments) Command => _framework == "net10.0"
        ? ("dotnet", ["exec", Path.Combine(Output, "Consumer.dll")])
        : RunsOnMono ? ("mono", [Path.Combine(Output, "Consumer.exe")]) : (Path.Combine(Output, "Consumer.exe"), []);

    /// <summary>Writes a project.</summary>
    /// <param name="package">Which of the packages it installs.</param>
    /// <param name="program">Its only source file.</param>
    /// <param name="isSigned">Whether it has a strong name, and so takes only references that have one.</param>
    /// <param name="further">Other packages that it asks for, with their versions.</param>
    public static ConsumerProject Create(
        PackedPackages packages,
        string framework,
        string package,
        string program,
        string sdk = "Microsoft.NET.Sdk",
        bool isSigned = false,
        params (string Name, string Version)[] further)
    {
        var suffix = string.Concat(further.Select(other => $"-{other.Name}-{other.Version}"));
        var folder = packages.CreateFolder($"consumer-{package}-{framework}{suffix}{(isSigned ? "-signed" : "")}");
        File.WriteAllText(Path.Combine(folder, "Program.cs"), program);

        // The packages under test are added to the sources of the machine, which give the rest.
        File.WriteAllText(Path.Combine(folder, "nuget.config"), $"""
            <configuration>
              <packageSources>
                <add key="packages under test" value="{packages.Feed}" />
              </packageSources>
            </configuration>
            """);
        var referencesVersion = Repository.PackageVersions["Microsoft.NETFramework.ReferenceAssemblies"];
        File.WriteAllText(Path.Combine(folder, "Consumer.csproj"), $"""
            <Project Sdk="{sdk}">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>{framework}</TargetFramework>
                <LangVersion>latest</LangVersion>
                <RestorePackagesPath>{Path.Combine(folder, "packages")}</RestorePackagesPath>
                {FallbackFolder()}
                {(isSigned ? StrongName : string.Empty)}
              </PropertyGroup>
              {OwinPruning}
              <ItemGroup>
                <PackageReference Include="{package}" Version="{packages.Version}" />
                <PackageReference Include="Microsoft.NETFramework.ReferenceAssemblies" Version="{referencesVersion}" PrivateAssets="all" />
                {string.Concat(further.Select(other => $"""<PackageReference Include="{other.Name}" Version="[{other.Version}]" />"""))}
              </ItemGroup>
            </Project>
            """);
        return new ConsumerProject(folder, framework);
    }

    /// <summary>Restores and builds it, as its developer would.</summary>
    /// <exception cref="InvalidOperationException">It does not build; the output is in the message.</exception>
    public Task<string> BuildAsync() => DotnetCommand.RunAsync(Folder, "build", "Consumer.csproj", "--output", Output);

    /// <summary>Unpacks the packages beside the consumer; what the machine has is not downloaded again.</summary>
    private static string FallbackFolder()
    {
        var folder = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        return Directory.Exists(folder) ? $"<RestoreFallbackFolders>{folder}</RestoreFallbackFolders>" : string.Empty;
    }
}
