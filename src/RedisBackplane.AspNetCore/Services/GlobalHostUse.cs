using Microsoft.AspNet.SignalR;

namespace RedisBackplane.AspNetCore.Services;

/// <summary>
/// Manages the use of <see cref="GlobalHost"/>, of which a process has only one. At most one host uses it, and only if
/// its options say so. Thread-safe.
/// </summary>
internal static class GlobalHostUse
{
    private static readonly Lock Gate = new();
    private static readonly UnusedGlobalHost Unused = new();
    private static HostResolver? s_owner;
    private static IDependencyResolver? s_claimed;
    private static IDependencyResolver? s_refused;

    /// <summary>
    /// Prepares GlobalHost for a host that is going to use it. Hub contexts that are taken from now on will use the bus
    /// that the host finally gets.
    /// </summary>
    public static void Expect()
    {
        lock (Gate)
        {
            if (s_owner is null)
            {
                ResolverDefaults.RegisterLateBus(Current());
            }
        }
    }

    /// <summary>Gives GlobalHost to a host.</summary>
    /// <returns>
    /// GlobalHost's resolver with everything that the application did to it; or the host's own, which becomes
    /// GlobalHost's.
    /// </returns>
    /// <exception cref="InvalidOperationException">Another host has it.</exception>
    public static IDependencyResolver Claim(HostResolver owner, IDependencyResolver? own)
    {
        lock (Gate)
        {
            if (s_owner is not null)
            {
                throw new InvalidOperationException(
                    "Another host of this process uses GlobalHost. "
                    + $"Set {nameof(ClassicSignalROptions)}.{nameof(ClassicSignalROptions.UseGlobalHost)} to false for all hosts but one.");
            }

            s_claimed = own ?? Current();
            GlobalHost.DependencyResolver = s_claimed;
            s_owner = owner;
            return s_claimed;
        }
    }

    /// <summary>Whether a resolver is the one that GlobalHost shares with a host.</summary>
    public static bool IsClaimed(IDependencyResolver resolver)
    {
        lock (Gate)
        {
            return ReferenceEquals(resolver, s_claimed);
        }
    }

    /// <summary>
    /// Whether a resolver is GlobalHost's, or was it until a host refused to use it. A configuration that the
    /// application made before that has it.
    /// </summary>
    public static bool IsGlobalHosts(IDependencyResolver resolver)
    {
        lock (Gate)
        {
            return ReferenceEquals(resolver, GlobalHost.DependencyResolver) || ReferenceEquals(resolver, s_refused);
        }
    }

    /// <summary>Releases GlobalHost when its host ends. The next host finds it as in a new process.</summary>
    public static void Release(HostResolver owner)
    {
        lock (Gate)
        {
            if (!ReferenceEquals(s_owner, owner))
            {
                return;
            }

            if (ReferenceEquals(GlobalHost.DependencyResolver, s_claimed))
            {
                GlobalHost.DependencyResolver = new DefaultDependencyResolver();
            }

            (s_owner, s_claimed) = (null, null);
        }
    }

    /// <summary>Makes sure that GlobalHost is not used by mistake in a host that does not use it.</summary>
    /// <exception cref="InvalidOperationException">
    /// The application has configured GlobalHost; the message says what.
    /// </exception>
    public static void Refuse()
    {
        lock (Gate)
        {
            if (s_owner is not null || ReferenceEquals(GlobalHost.DependencyResolver, Unused) || IsExpected())
            {
                return;
            }

            var configured = GlobalHostInspection.Describe(GlobalHost.DependencyResolver);
            if (configured.Count > 0)
            {
                throw new InvalidOperationException(
                    $"GlobalHost was configured ({string.Join(", ", configured)}), and this host does not use it. {Advice}");
            }

            s_refused = GlobalHost.DependencyResolver;

            // From now on, code that uses GlobalHost gets an exception, instead of reaching no client.
            GlobalHost.DependencyResolver = Unused;
        }
    }

    internal static string Advice =>
        $"Set {nameof(ClassicSignalROptions)}.{nameof(ClassicSignalROptions.UseGlobalHost)} to true to use GlobalHost in this host, "
        + "or to false if it is meant for something else.";

    // Another host is to use GlobalHost. What was done to it is that host's.
    private static bool IsExpected() => GlobalHost.DependencyResolver.GetService(typeof(LateBus)) is not null;

    private static IDependencyResolver Current()
    {
        var current = GlobalHost.DependencyResolver;
        if (ReferenceEquals(current, Unused))
        {
            GlobalHost.DependencyResolver = current = new DefaultDependencyResolver();
        }

        return current;
    }
}
