using System.Reflection;
using Microsoft.AspNet.SignalR.Hubs;
using Microsoft.Extensions.Options;

namespace RedisBackplane.AspNetCore.Hubs;

/// <summary>
/// The assemblies that may contain hubs. System.Web loaded all of <c>bin</c> before SignalR searched. .NET loads an
/// assembly when it is first used, so this type follows the references of all loaded and all deployed assemblies
/// instead.
/// </summary>
internal sealed class ReferencedAssemblies : IAssemblyLocator
{
    private static readonly string SignalR = typeof(IHub).Assembly.GetName().Name!;

    private readonly Lazy<IList<Assembly>> _assemblies;

    public ReferencedAssemblies(IOptions<ClassicSignalROptions> options)
    {
        var (only, additional) = (options.Value.HubAssemblies.ToList(), options.Value.AdditionalHubAssemblies.ToList());
        _assemblies = new Lazy<IList<Assembly>>(() => [.. (only.Count > 0 ? only : Find()).Union(additional)]);
    }

    public IList<Assembly> GetAssemblies() => _assemblies.Value;

    private static List<Assembly> Find()
    {
        var loaded = AppDomain.CurrentDomain.GetAssemblies().Where(assembly => !assembly.IsDynamic)
            .GroupBy(assembly => assembly.GetName().Name!, StringComparer.OrdinalIgnoreCase)
            .ToDictionary(group => group.Key, group => group.ToList(), StringComparer.OrdinalIgnoreCase);
        var references = DeployedAssemblies.References();
        if (Assembly.GetEntryAssembly()?.GetName().Name is { } application && !references.ContainsKey(application))
        {
            LoadReferences(loaded, references);
        }

        foreach (var (name, assemblies) in loaded)
        {
            references[name] = [.. assemblies.SelectMany(assembly => assembly.GetReferencedAssemblies()).Select(found => found.Name!)];
        }

        return
        [
            .. ReferringTo(SignalR, references)
                .SelectMany(name => loaded.TryGetValue(name, out var assemblies) ? assemblies : TryLoad(name)),
        ];
    }

    // The assemblies of an application that is published as a single file have no paths. They are loaded, to find out
    // what they refer to.
    private static void LoadReferences(Dictionary<string, List<Assembly>> loaded, Dictionary<string, IReadOnlyList<string>> known)
    {
        var waiting = new Queue<Assembly>(loaded.Values.SelectMany(static assemblies => assemblies));
        while (waiting.TryDequeue(out var assembly))
        {
            foreach (var name in assembly.GetReferencedAssemblies().Select(static reference => reference.Name!))
            {
                if (!DeployedAssemblies.IsFramework(name) && !known.ContainsKey(name) && !loaded.ContainsKey(name))
                {
                    loaded[name] = [.. TryLoad(name)];
                    loaded[name].ForEach(waiting.Enqueue);
                }
            }
        }
    }

    /// <summary>
    /// All assemblies that refer to an assembly, directly or through others: a hub may derive from a base class outside
    /// of SignalR.
    /// </summary>
    private static HashSet<string> ReferringTo(string target, Dictionary<string, IReadOnlyList<string>> references)
    {
        var referring = references.SelectMany(pair => pair.Value, (pair, reference) => (pair.Key, reference))
            .ToLookup(pair => pair.reference, pair => pair.Key, StringComparer.OrdinalIgnoreCase);
        var found = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var waiting = new Queue<string>([target]);
        while (waiting.TryDequeue(out var name))
        {
            foreach (var user in referring[name].Where(found.Add))
            {
                waiting.Enqueue(user);
            }
        }

        return found;
    }

    private static IEnumerable<Assembly> TryLoad(string name)
    {
        try
        {
            return [Assembly.Load(name)];
        }
        catch (Exception exception) when (exception is IOException or BadImageFormatException)
        {
            // An assembly that cannot be loaded cannot contribute a hub.
            return [];
        }
    }
}
