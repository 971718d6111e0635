using System.Reflection;
using Microsoft.AspNet.SignalR.Hubs;
using Microsoft.Extensions.Options;

namespace RedisBackplane.AspNetCore.Hubs;

/// <summary>
/// The assemblies that may hold hubs. SignalR searches what is loaded; .NET loads an assembly when it is first used, so that here the
/// application's references are followed instead.
/// </summary>
internal sealed class ReferencedAssemblies : IAssemblyLocator
{
    private static readonly AssemblyName SignalR = typeof(IHub).Assembly.GetName();

    private static readonly string[] FrameworkPrefixes = ["System.", "Microsoft.AspNetCore.", "Microsoft.Extensions.", "Microsoft.Win32."];

    private readonly Lazy<IList<Assembly>> _assemblies;

    public ReferencedAssemblies(IOptions<ClassicSignalROptions> options)
    {
        var chosen = options.Value.HubAssemblies.ToList();
        _assemblies = new Lazy<IList<Assembly>>(() => chosen.Count > 0 ? chosen : Find());
    }

    public IList<Assembly> GetAssemblies() => _assemblies.Value;

    private static List<Assembly> Find()
    {
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var waiting = new Queue<Assembly>(AppDomain.CurrentDomain.GetAssemblies());
        var found = new List<Assembly>();
        while (waiting.TryDequeue(out var assembly))
        {
            if (assembly.IsDynamic || !seen.Add(assembly.FullName!))
            {
                continue;
            }

            var references = assembly.GetReferencedAssemblies();
            if (references.Any(reference => AssemblyName.ReferenceMatchesDefinition(reference, SignalR)))
            {
                found.Add(assembly);
            }

            foreach (var reference in references.Where(reference => !seen.Contains(reference.FullName) && !IsFramework(reference)))
            {
                if (TryLoad(reference) is { } loaded)
                {
                    waiting.Enqueue(loaded);
                }
            }
        }

        return found;
    }

    /// <summary>Whether the assembly comes with .NET, of which hundreds need not be loaded to know that they hold no hub.</summary>
    private static bool IsFramework(AssemblyName name) =>
        name.Name is "netstandard" or "mscorlib" or "System"
        || FrameworkPrefixes.Any(prefix => name.Name!.StartsWith(prefix, StringComparison.Ordinal));

    private static Assembly? TryLoad(AssemblyName name)
    {
        try
        {
            return Assembly.Load(name);
        }
        catch (Exception exception) when (exception is IOException or BadImageFormatException)
        {
            // A reference that is not deployed cannot bring a hub.
            return null;
        }
    }
}
