using System.Globalization;
using RedisBackplane.Redis.Connection;
using RedisBackplane.Tool.Farms;
using RedisBackplane.Tool.Histories;

namespace RedisBackplane.Tool.Diagnosis;

/// <summary>Checks the kind of the server and its settings.</summary>
internal static class ServerChecks
{
    private const long Mebibyte = 1024 * 1024;

    public static Task<Finding> Version(Patient patient)
    {
        if (patient.Info("redis_version") is not { } text || !System.Version.TryParse(text, out var version))
        {
            return Answer(Finding.Unknown(patient.WhyUnknown("redis_version")));
        }

        var product = patient.Info("server_name") is { } name ? $"{name} {text}" : text;
        return Answer(version.Major switch
        {
            < 6 => Finding.Better(product, "There are no ACL users before 6: the bus's password opens everything. Use Redis 6.2 or "
                + "later."),
            _ => Finding.Good(product),
        });
    }

    public static Task<Finding> Role(Patient patient)
    {
        return Answer(patient.Info("role") switch
        {
            null => Finding.Unknown(patient.WhyUnknown("role")),
            "master" => Finding.Good(patient.Info("cluster_enabled") == "1" ? "master of its part of a cluster" : "master"),
            var role => Finding.Bad(role, "A replica accepts no writes: name the master, all endpoints, or the Sentinels in the "
                + "connection string."),
        });
    }

    public static async Task<Finding> Masters(Patient patient)
    {
        if (patient.Info("cluster_enabled") == "1")
        {
            return Finding.Good("those of a cluster");
        }

        var masters = new List<string>();
        foreach (var server in patient.Servers.Where(static server => server.IsConnected))
        {
            try
            {
                var replication = (await server.InfoAsync("replication")).SelectMany(static section => section);
                if (replication.Any(static pair => pair is { Key: "role", Value: "master" }))
                {
                    masters.Add(RedisConnectionSource.Describe(server.EndPoint));
                }
            }
            catch (Exception exception) when (exception.IsRefusal())
            {
                return Finding.Unknown($"INFO is not allowed ({exception.Message})");
            }
        }

        return masters switch
        {
            [] => Finding.Bad("none", "Nothing can be stored. Is a failover in progress?"),
            [var master] => Finding.Good(master),
            _ => Finding.Bad(string.Join(", ", masters), "They are not a cluster. On connections that it makes, the bus uses the "
                + "one that took over last. A connection of the application may send to each of them. Demote the old master "
                + "(REPLICAOF), or name one master and its replicas."),
        };
    }

    public static Task<Finding> Replicas(Patient patient)
    {
        return Answer(patient.Number("connected_slaves") switch
        {
            null => Finding.Unknown(patient.WhyUnknown("connected_slaves")),
            0 => Finding.Better("none", "When this machine dies, messages wait until it is back. A replica with Sentinel, or a "
                + "cluster, takes over within seconds."),
            var count => Finding.Good($"{count}"),
        });
    }

    public static async Task<Finding> Persistence(Patient patient)
    {
        if (patient.Info("aof_enabled") is not { } aof)
        {
            return Finding.Unknown(patient.WhyUnknown("aof_enabled"));
        }

        var (save, why) = await patient.ConfigAsync("save");
        if (patient.Info("rdb_last_bgsave_status") == "err" && save is not "" && await RefusesWithoutSnapshotAsync(patient) is { } finding)
        {
            return finding;
        }

        if (aof == "1")
        {
            return patient.Info("aof_last_write_status") == "err"
                ? Finding.Bad("append-only file, and its last write failed", "Redis refuses writes while its disk fails. Look at "
                    + "the disk.")
                : Finding.Good("append-only file");
        }

        return Finding.Better(
            save switch
            {
                null => "no append-only file; whether there are snapshots is unknown: " + why,
                "" => "none",
                _ => "snapshots only",
            },
            "After a restart the servers send again what they sent in the last seconds (RepublishWindow). With appendonly yes Redis has "
                + "it by itself, also when servers restart at the same time.");
    }

    private static async Task<Finding?> RefusesWithoutSnapshotAsync(Patient patient)
    {
        const string Look = "Look at the disk, and at the log of Redis.";
        var (stops, why) = await patient.ConfigAsync("stop-writes-on-bgsave-error");
        return stops switch
        {
            "yes" => Finding.Bad("the last snapshot failed", "Redis refuses every write (MISCONF) until one succeeds. " + Look),
            null => Finding.Better(
                "the last snapshot failed", $"With the defaults of Redis, it refuses every write until one succeeds. {Look} Its settings "
                    + $"are unknown: {why}"),
            _ => null,
        };
    }

    public static async Task<Finding> Eviction(Patient patient)
    {
        var policy = await PolicyAsync(patient);
        if (policy is null)
        {
            return Finding.Unknown(patient.WhyUnknown("maxmemory_policy"));
        }

        var limit = patient.Number("maxmemory") ?? 0;
        if (limit == 0)
        {
            return Finding.Good($"{policy}, no maxmemory");
        }

        return policy switch
        {
            "noeviction" => Finding.Good($"{policy}, maxmemory {limit / Mebibyte} MiB"),
            _ when policy.StartsWith("volatile", StringComparison.Ordinal) => Finding.Better(
                $"{policy}, maxmemory {limit / Mebibyte} MiB",
                "The history, and what Redis remembers of each server's batches, have an expiry, so that a full Redis evicts them. Set "
                    + "maxmemory-policy to noeviction, or give the farm a Redis of its own."),
            _ => Finding.Bad(
                $"{policy}, maxmemory {limit / Mebibyte} MiB",
                "A full Redis evicts the history and the counter. Ids restart above all assigned ones, but what a cut-off server missed "
                    + "is lost. Set maxmemory-policy to noeviction."),
        };
    }

    public static async Task<Finding> Memory(Patient patient)
    {
        if (patient.Number("used_memory") is not { } used)
        {
            return Finding.Unknown(patient.WhyUnknown("used_memory"));
        }

        var limit = patient.Number("maxmemory") ?? 0;
        if (limit == 0)
        {
            return Finding.Good($"{used / Mebibyte} MiB used");
        }

        var found = $"{used / Mebibyte} of {limit / Mebibyte} MiB used";
        if (used - (patient.Number("mem_not_counted_for_evict") ?? 0) >= limit && await PolicyAsync(patient) == "noeviction")
        {
            return Finding.Bad(found, "Redis refuses every write that needs memory (OOM), and messages wait. Raise maxmemory, or delete "
                + "what fills it.");
        }

        var history = new RedisBackplaneOptions().HistoryMaxBytes;
        return limit - used + await KeptBytesAsync(patient) < history
            ? Finding.Better(found, $"A history at its default may take {history / Mebibyte} MiB. Raise maxmemory, or lower "
                + "HistoryMaxBytes on every server.")
            : Finding.Good(found);
    }

    public static async Task<Finding> OutputBuffers(Patient patient)
    {
        var (value, why) = await patient.ConfigAsync("client-output-buffer-limit");
        if (value is null)
        {
            return Finding.Unknown(why);
        }

        // normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60
        var words = value.Split(' ');
        var at = Array.IndexOf(words, "pubsub");
        if (at < 0
            || at + 3 >= words.Length
            || !long.TryParse(words[at + 1], NumberStyles.None, CultureInfo.InvariantCulture, out var hard)
            || !long.TryParse(words[at + 2], NumberStyles.None, CultureInfo.InvariantCulture, out var soft))
        {
            return Finding.Unknown($"client-output-buffer-limit is '{value}'");
        }

        var found = $"pubsub {hard / Mebibyte} MiB at once, {soft / Mebibyte} MiB for {words[at + 3]} s";
        return (hard, soft) switch
        {
            (0, _) => Finding.Better(
                "pubsub without a limit", "A server that hangs fills the memory of Redis. Use client-output-buffer-limit pubsub "
                    + "64mb 16mb 60: who is cut off fetches what it missed."),
            ( < 8 * Mebibyte, _) or (_, > 0 and < 2 * Mebibyte) => Finding.Better(
                found, "A server that is slow for a moment is cut off, and fetches from the history what it missed. Use "
                    + "client-output-buffer-limit pubsub 64mb 16mb 60."),
            _ => Finding.Good(found),
        };
    }

    public static async Task<Finding> Protocol(Patient patient)
    {
        string clients;
        try
        {
            clients = (string?)await patient.Server.ExecuteAsync("CLIENT", "LIST") ?? string.Empty;
        }
        catch (Exception exception) when (exception.IsRefusal())
        {
            return Finding.Unknown($"CLIENT LIST is not allowed ({exception.Message})");
        }

        // id=7 addr=127.0.0.1:1 name=RedisBackplane:web1 … sub=1 psub=0 ssub=0 … resp=3
        var shared = clients.Split('\n').Count(static client =>
            Field(client, "resp") == "3"
            && (Field(client, "sub"), Field(client, "psub"), Field(client, "ssub")) is not ("0", "0", "0" or null));
        return shared == 0
            ? Finding.Good("no subscriber uses one connection for its calls and its channels")
            : Finding.Better(
                $"{shared} connections subscribe with RESP3", "Redis sends channels and answers over the same socket, and closes it "
                    + "for both when one message exceeds client-output-buffer-limit pubsub. Lend the bus a connection with protocol=resp2, "
                    + "or let it make its own.");

        static string? Field(string client, string name) => client.Split(' ')
            .FirstOrDefault(field => field.StartsWith(name + "=", StringComparison.Ordinal))?.Substring(name.Length + 1);
    }

    private static async Task<string?> PolicyAsync(Patient patient) =>
        patient.Info("maxmemory_policy") ?? (await patient.ConfigAsync("maxmemory-policy")).Value;

    // The streams share the size of the history. On a cluster, others may be on other servers.
    private static async Task<long> KeptBytesAsync(Patient patient)
    {
        try
        {
            var streams = patient.IsInCluster ? 1 : (await FarmLayout.ReadAsync(patient.Database, patient.Farm)).Streams;
            var bytes = 0L;
            for (var stream = 0; stream < streams; stream++)
            {
                bytes += await new KeptHistory(patient.Database, patient.Farm.NamesOf(stream)).MeasureAsync() ?? 0;
            }

            return bytes;
        }
        catch (Exception exception) when (exception.IsRefusal())
        {
            return 0;
        }
    }

    private static Task<Finding> Answer(Finding finding) => Task.FromResult(finding);
}
