using System.Buffers.Binary;
using RedisBackplane.Simulation.Redis;
using RedisBackplane.Simulation.World;
using RedisBackplane.Wire;

namespace RedisBackplane.Simulation.Farm;

/// <summary>Starts and ends the faults.</summary>
internal sealed class FaultPlayer(FarmRun run)
{
    private static readonly string[] Refusals =
    [
        "OOM command not allowed when used memory > 'maxmemory'.",
        "NOPERM User bus has no permissions to run the 'evalsha' command",
        "READONLY You can't write against a read only replica.",
        "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk.",
    ];

    private const long HistoryLimit = 9_007_199_254_700_000;
    private static readonly TimeSpan BetweenAttempts = TimeSpan.FromMilliseconds(100);
    private bool _isFailingOver;

    private Schedule Schedule => run.Schedule;

    private RedisNode Node => run.Node;

    public void Begin(Fault fault)
    {
        run.Timeline.Note(Happening.Fault, (long)fault.Kind, fault.Server, fault.Choice);
        if (run.Timeline.IsKept)
        {
            run.Timeline.Write("FAULT", fault.ToString());
        }

        run.Statistics.Count("fault " + fault.Kind);
        var server = run.Servers[fault.Server];

        // Another one may be the master when the fault ends.
        var commands = Node.Faults;
        switch (fault.Kind)
        {
            case FaultKind.RedisRestarts or FaultKind.RedisRestartsEmpty or FaultKind.RedisRestartsOlder:
                Restart(fault);
                break;
            case FaultKind.RedisFreezes when Node.IsUp:
                var process = Node.Actor;
                process.Pause();
                End(fault, process.Resume);
                break;
            case FaultKind.RedisIsFlushed when Node.IsUp:
                Node.Flush();
                break;
            case FaultKind.RedisEvicts when Node.IsUp && Node.Keys.Names.Count > 0:
                Evict(Node.Keys.Names.ElementAt(fault.Choice % Node.Keys.Names.Count));
                break;
            case FaultKind.RedisLosesHistory when Node.IsUp:
                Node.Keys.Names.Where(static name => name.Contains(":log", StringComparison.Ordinal)).ToList().ForEach(Evict);
                break;
            case FaultKind.RedisRefusesWrites:
                commands.RefusesWrites = Refusals[fault.Choice % Refusals.Length];
                End(fault, () => commands.RefusesWrites = null);
                break;
            case FaultKind.RedisRefusesOnce:
                (commands.RefusesWrites, commands.RefusalsLeft) = (Refusals[fault.Choice % Refusals.Length], 1 + (fault.Choice % 3));
                End(fault, () => (commands.RefusesWrites, commands.RefusalsLeft) = (null, null));
                break;
            case FaultKind.RedisRefusesAll:
                commands.RefusesAll = "LOADING Redis is loading the dataset in memory";
                End(fault, () => commands.RefusesAll = null);
                break;
            case FaultKind.RedisForgetsScripts:
                Node.Commands.ForgetScripts();
                break;
            case FaultKind.RedisClockSteps:
                Node.StepClock(TimeSpan.FromSeconds((fault.Choice % 2001) - 1000));
                break;
            case FaultKind.RedisClosesLinks:
                Node.Links.Close(link => link.IsChannel || fault.Choice % 2 == 0);
                break;
            case FaultKind.LinkIsCut:
                Cut(server, fault);
                break;
            case FaultKind.LinkIsRefused:
                PathsOf(server, fault).ForEach(static path => path.Refuse(true));
                Cut(server, fault);
                End(fault, () => PathsOf(server, fault).ForEach(static path => path.Refuse(false)));
                break;
            case FaultKind.LinkStalls:
                PathsOf(server, fault).ForEach(path => path.StalledUntil = Schedule.Now + fault.Duration.Ticks);
                break;
            case FaultKind.LinkSwallows:
                Swallow(server, fault);
                break;
            case FaultKind.LinkIsSlow:
                Slow(server, fault);
                break;
            case FaultKind.BatchIsLost or FaultKind.AnswerIsLost:
                commands.CutsNextBatch = (fault.Kind == FaultKind.AnswerIsLost, 1 + (fault.Choice % 2));
                End(fault, () => commands.CutsNextBatch = null);
                break;
            case FaultKind.ServerPauses when !server.Actor.IsDead && !server.Actor.IsPaused:
                server.Pause(fault.Duration.Ticks);
                break;
            case FaultKind.RedisIsReplaced or FaultKind.MasterCrashes or FaultKind.TwoMasters when run.Nodes.Count > 1:
                FailOver(fault);
                break;
            case FaultKind.SlotMoves when Node.Slot is { IsMoving: false } slot:
                MoveSlot(slot, fault);
                break;
            case FaultKind.ServerIsBusy:
                server.BusyUntil = Schedule.Now + fault.Duration.Ticks;
                break;
            case FaultKind.ForeignFrameComes when Node.IsUp:
                Forge(fault);
                break;
            case FaultKind.ServerClockSteps:
                server.Clock.Error += TimeSpan.FromMilliseconds((fault.Choice % 8001) - 4000);
                break;
            case FaultKind.ServerIsKilled when run.LivingServers.Count() > 1:
                Kill(server, fault);
                break;
            case FaultKind.ServerJoins:
                run.StartServer(run.Scenario.Streams + (fault.Choice % 4 == 0 ? 1 : 0));
                break;
            case FaultKind.ClientMoves:
                Move(run.Clients[fault.Choice % run.Clients.Count], fault.Duration, fault.Choice);
                break;
        }
    }

    private static List<NetworkPath> PathsOf(FarmServer server, Fault fault) => (fault.Choice % 3) switch
    {
        0 => [server.Calls],
        1 => [server.Channel],
        _ => [server.Calls, server.Channel],
    };

    private void End(Fault fault, Action end) => Schedule.In(fault.Duration, () =>
    {
        if (run.Timeline.IsKept)
        {
            run.Timeline.Write("END", fault.Kind.ToString());
        }

        end();
    });

    private void Restart(Fault fault)
    {
        var node = Node;
        if (!node.IsUp)
        {
            return;
        }

        // The crash is between two moments at which Redis saved its memory.
        var older = fault.Kind == FaultKind.RedisRestartsOlder ? node.Keys.Copy() : null;
        var age = TimeSpan.FromMilliseconds(older is null ? 0 : fault.Choice % 1500);
        Schedule.In(age, () =>
        {
            if (!node.IsUp || node != Node)
            {
                return;
            }

            node.Crash();
            Schedule.In(fault.Duration, () =>
            {
                // A failover may have started it meanwhile, as a replica.
                if (!node.IsUp)
                {
                    node.Restart(fault.Kind switch
                    {
                        FaultKind.RedisRestarts => null,
                        FaultKind.RedisRestartsEmpty => new Keyspace(),
                        _ => older,
                    });
                }
            });
        });
    }

    private void FailOver(Fault fault)
    {
        var (old, replica) = (run.Node, run.Nodes.First(node => node != run.Node));
        if (_isFailingOver || !old.IsUp || !replica.IsUp || replica.Replication.Master != old)
        {
            return;
        }

        // A second failover would promote the server that this one is about to demote, and leave no master.
        _isFailingOver = true;

        var process = old.Actor;
        if (fault.Kind == FaultKind.MasterCrashes)
        {
            old.Crash();
        }
        else if (fault.Kind == FaultKind.TwoMasters && fault.Choice % 2 == 0)
        {
            process.Pause();
            Schedule.In(fault.Duration / 2, process.Resume);
        }

        var promotion = fault.Kind == FaultKind.RedisIsReplaced ? TimeSpan.Zero : fault.Duration / 4;
        Schedule.In(promotion, () =>
        {
            if (run.Scenario.WaitForReplicas > 0)
            {
                run.Failovers.Add(([.. run.Sent.Where(static message => message.IsAcknowledged)], replica.Keys.Copy()));
            }

            replica.Replication.Promote();
            run.Node = replica;
        });
        Schedule.In(fault.Kind == FaultKind.RedisIsReplaced ? TimeSpan.Zero : fault.Duration, () =>
        {
            if (!old.IsUp)
            {
                old.Restart(null);
            }

            // Sentinel closes the connections of a master that it demotes.
            old.Replication.Follow(replica);
            old.Links.Close(_ => fault.Choice % 5 != 0);
            _isFailingOver = false;
        });
    }

    private void MoveSlot(ClusterSlot slot, Fault fault)
    {
        slot.Begin(run.Nodes.First(node => node != slot.Owner));
        Schedule.In(fault.Duration / 2, () => slot.MoveSome(fault.Choice));
        Schedule.In(fault.Duration, () => EndMove(slot));
    }

    // A server that is down or frozen keeps the slot until it is back.
    private void EndMove(ClusterSlot slot)
    {
        if (!slot.Owner.IsUp || slot.Owner.Actor.IsPaused)
        {
            Schedule.In(BetweenAttempts, () => EndMove(slot));
            return;
        }

        slot.End();
        run.Node = slot.Owner;
        if (run.Timeline.IsKept)
        {
            run.Timeline.Write("END", $"{slot.Owner.Name} has the keys");
        }
    }

    private void Evict(string key)
    {
        if (run.Timeline.IsKept)
        {
            run.Timeline.Write("FAULT", "evicts " + key);
        }

        Node.Evict(key);
    }

    // Publishes what no server of the farm sent: a frame with an id far ahead.
    private void Forge(Fault fault)
    {
        if (Node.Published.FindLast(static payload => payload.Length > FrameLayout.Messages) is { } payload)
        {
            var forged = (byte[])payload.Clone();
            if (fault.Choice % 2 == 0)
            {
                // Otherwise the frame would say that nothing is missing before it.
                BinaryPrimitives.WriteInt64LittleEndian(forged.AsSpan(FrameLayout.PreviousId), HistoryLimit - fault.Choice - 1);
            }

            BinaryPrimitives.WriteInt64LittleEndian(forged.AsSpan(FrameLayout.FirstId), HistoryLimit - fault.Choice);
            Node.Publish("farm", forged, isSharded: run.Scenario is { IsCluster: true, IsPlain: false });
            Node.Published.RemoveAt(Node.Published.Count - 1);
        }
    }

    private void Cut(FarmServer server, Fault fault)
    {
        var both = fault.Choice % 3 == 2;
        Node.Links.Close(link => link.Actor == server.Actor && (both || link.IsChannel == (fault.Choice % 3 == 1)));
    }

    private void Swallow(FarmServer server, Fault fault)
    {
        var paths = PathsOf(server, fault);
        var both = fault.Choice % 3 == 2;
        Node.Links.Swallow(link => link.Actor == server.Actor && (both || link.IsChannel == (fault.Choice % 3 == 1)));
        paths.ForEach(static path => path.Swallow(true));
        End(fault, () => paths.ForEach(static path => path.Swallow(false)));
    }

    private void Slow(FarmServer server, Fault fault)
    {
        var paths = PathsOf(server, fault);
        var latency = TimeSpan.FromMilliseconds(1 + (fault.Choice % 200));
        paths.ForEach(path => path.Slow(latency, 20_000 + (fault.Choice % 1_000_000)));
        End(fault, () => paths.ForEach(static path => path.EndSlow()));
    }

    private void Kill(FarmServer server, Fault fault)
    {
        if (server.Actor.IsDead)
        {
            return;
        }

        server.Kill();
        Node.Links.Close(link => link.Actor == server.Actor);
        foreach (var client in run.Clients.Where(client => client.Server == server))
        {
            Move(client, fault.Duration, fault.Choice);
        }
    }

    private void Move(FarmClient client, TimeSpan away, int choice)
    {
        client.Disconnect();
        Schedule.In(away, () =>
        {
            var servers = run.LivingServers.ToArray();
            if (client.Server is null)
            {
                client.Connect(servers[choice % servers.Length]);
            }
        });
    }
}
