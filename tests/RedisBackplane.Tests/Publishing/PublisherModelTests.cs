using System.Globalization;

namespace RedisBackplane.Tests.Publishing;

/// <summary>
/// Random schedules of publishing, answers, lost answers, lost and late calls, batches that Redis refuses for their
/// size, time-outs, memory losses, closing and disposing, against a model of <c>publish.lua</c>: nothing acknowledged
/// is lost, nothing is stored twice, the order is kept, and the queue always comes back to nothing.
/// </summary>
public sealed class PublisherModelTests
{
    private const int Seeds = 300;

    [Fact]
    public void Publisher_AnyFaults_LosesNothingAndDoublesNothingInOrder() => RunAll(losesMemory: false, disposes: false);

    [Fact]
    public void Publisher_AnyFaultsAndMemoryLosses_LosesNothingAndDoublesNothingInOrder() => RunAll(losesMemory: true, disposes: false);

    [Fact]
    public void Publisher_AnyFaultsAndDispose_EndsEveryTaskAndHoldsNothing() => RunAll(losesMemory: true, disposes: true);

    [Fact]
    public void Publisher_AnyFaultsAndRefusedSizes_LosesNothingAndDoublesNothingInOrder() =>
        RunAll(losesMemory: true, disposes: false, refusesSizes: true);

    private static void RunAll(bool losesMemory, bool disposes, bool refusesSizes = false)
    {
        for (var seed = 1; seed <= Seeds; seed++)
        {
            try
            {
                new Schedule(seed, losesMemory, disposes, refusesSizes).Run();
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException($"Seed {seed}: {exception.Message}", exception);
            }
        }
    }

    private sealed class Schedule
    {
        private const int LargestFrame = 1500;
        private const string TooLarge = "too large";

        private readonly Random _random;
        private readonly bool _losesMemory;
        private readonly bool _disposes;
        private readonly bool _refusesSizes;
        private readonly PublisherLimits _limits;
        private readonly PublisherHarness _harness;
        private readonly ModelRedis _redis = new();
        private readonly List<Task> _publishes = [];
        private readonly List<SendCall> _late = [];
        private readonly Dictionary<ulong, byte[]> _bytesOf = [];
        private readonly HashSet<ulong> _confirmed = [];
        private int _seen;

        public Schedule(int seed, bool losesMemory, bool disposes, bool refusesSizes)
        {
            _random = new Random(seed);
            _losesMemory = losesMemory;
            _disposes = disposes;
            _refusesSizes = refusesSizes;
            _limits = PublisherHarness.Limits with
            {
                MaxBatchMessages = _random.Next(1, 6),
                MaxBatchBytes = refusesSizes ? 2 * LargestFrame : 1024,
                MaxCallsInFlight = _random.Next(1, 5),
                MaxQueueMessages = _random.Next(5, 40),
                QueuePolicy = (QueuePolicy)_random.Next(3),
                RepublishMaxBytes = 1024 * 1024,
                RepublishWindow = TimeSpan.FromHours(1),
            };
            _harness = new PublisherHarness(_limits, open: _random.Next(2) == 0)
            {
                Judge = static error => error.Message == TooLarge ? CallFailure.TooLarge : CallFailure.Other,
            };
            _harness.Sender.HoldsCounter = refusesSizes;
        }

        public void Run()
        {
            var steps = _random.Next(20, 250);
            for (var step = 0; step < steps; step++)
            {
                Step();
                CheckAlways();
            }

            if (_disposes)
            {
                _harness.Dispose();
            }

            CalmDown();
            CheckAtTheEnd();
            _harness.Dispose();
        }

        private void Step()
        {
            switch (_random.Next(20))
            {
                case < 7:
                    _publishes.Add(_harness.Publish(Messages.Create(
                        (_publishes.Count + 1).ToString(CultureInfo.InvariantCulture), new string('k', KeyLength()))));
                    break;
                case < 14:
                    Answer();
                    break;
                case 14:
                    _harness.Publisher.Close();
                    break;
                case 15 or 16:
                    _harness.Publisher.Open();
                    break;
                case 17 when _random.Next(8) == 0:
                    _harness.Time.Advance(TimeSpan.FromSeconds(_random.Next(12)));
                    break;
                case 17 or 18:
                    _harness.Time.Advance(TimeSpan.FromMilliseconds(_random.Next(1, 400)));
                    break;
                case 19 when _losesMemory && _random.Next(4) == 0:
                    _redis.LoseMemory();
                    break;
                default:
                    RunLate();
                    break;
            }
        }

        private int KeyLength() => !_refusesSizes ? _random.Next(1, 60)
            : _random.Next(10) == 0 ? LargestFrame
            : _random.Next(1, LargestFrame / 2);

        private void Answer()
        {
            if (_random.Next(3) == 0)
            {
                _harness.Sender.AnswerCounter();
            }

            var unanswered = _harness.Sender.Unanswered;
            if (unanswered.Count == 0)
            {
                return;
            }

            // Mostly in order, as on one connection, but the script does not depend on that.
            var call = unanswered[_random.Next(3) == 0 ? _random.Next(unanswered.Count) : 0];
            switch (_random.Next(10))
            {
                case 0:
                    call.Fail("never arrived");
                    break;
                // A late call would have the number that its batch had before another one was split.
                case 1 when !_refusesSizes:
                    _late.Add(call);
                    call.Fail("arrives late");
                    break;
                case 2 when !_refusesSizes || call.Request.Frame.Length <= LargestFrame:
                    Arrive(call);
                    call.Fail("answer lost");
                    break;
                default:
                    Reply(call);
                    break;
            }
        }

        private void Reply(SendCall call)
        {
            if (_refusesSizes && call.Request.Frame.Length > LargestFrame)
            {
                call.Fail(TooLarge);
                return;
            }

            var reply = Arrive(call);
            if (reply.Outcome is BatchOutcome.Stored or BatchOutcome.StoredBefore)
            {
                _confirmed.Add(call.Number);
            }

            call.Reply(reply.Outcome, reply.Value);
        }

        private void RunLate()
        {
            if (_late.Count > 0)
            {
                var call = _late[_random.Next(_late.Count)];
                _late.Remove(call);
                Arrive(call);
            }
        }

        private BatchReply Arrive(SendCall call)
        {
            Assert.True(call.IsUntouched, $"the bytes of batch {call.Number} changed before they arrived");
            return _redis.Run(call);
        }

        private void CheckAlways()
        {
            var calls = _harness.Calls;
            foreach (var call in calls.Skip(_seen).Where(call => call.Request.Count > 0))
            {
                Assert.InRange(call.Request.Oldest, 1ul, call.Number);

                // The parts of a batch that is split have other numbers, and so has what follows it.
                if (_refusesSizes)
                {
                    continue;
                }

                if (_bytesOf.TryGetValue(call.Number, out var bytes))
                {
                    Assert.True(bytes.AsSpan().SequenceEqual(call.Bytes), $"batch {call.Number} has other bytes when it is sent again");
                }
                else
                {
                    Assert.Equal((ulong)_bytesOf.Count + 1, call.Number);
                    _bytesOf.Add(call.Number, call.Bytes);
                }
            }

            _seen = calls.Count;

            // Batches that are sent again after a memory loss have another limit.
            var ordinary = _harness.Sender.Unanswered.Count(call => call.Request.Count > 0 && !_confirmed.Contains(call.Number));
            Assert.InRange(ordinary, 0, _limits.MaxCallsInFlight);
            Assert.True(_harness.Counters.QueueMessages >= 0 && _harness.Counters.QueueBytes >= 0, "a queue below nothing");
            Assert.Equal(_harness.Counters.QueueMessages == 0, _harness.Counters.QueueBytes == 0);
        }

        // Redis answers everything from now on.
        private void CalmDown()
        {
            _harness.Publisher.Open();
            for (var round = 0; round < 20; round++)
            {
                while (_harness.Sender.HasCounterReads || _harness.Sender.Unanswered.Count > 0)
                {
                    _harness.Sender.AnswerCounter();
                    if (_harness.Sender.Unanswered is [var call, ..])
                    {
                        Reply(call);
                    }
                }

                RunLate();
                _harness.PassRetry();
            }

            while (_late.Count > 0)
            {
                RunLate();
            }
        }

        private void CheckAtTheEnd()
        {
            _harness.AssertIdle();

            // A publish that fails ends on the thread pool, which may be late under load.
            Assert.All(_publishes, publish => Assert.True(((IAsyncResult)publish).AsyncWaitHandle.WaitOne(TimeSpan.FromSeconds(30))));
            var delivered = _redis.Delivered.ConvertAll(value => int.Parse(value, CultureInfo.InvariantCulture));
            Assert.Equal(delivered.Distinct().OrderBy(value => value), delivered);
            var acknowledged = Enumerable.Range(1, _publishes.Count)
                .Where(i => _publishes[i - 1].Status == TaskStatus.RanToCompletion)
                .ToList();
            Assert.Empty(acknowledged.Except(delivered));
            if (!_disposes)
            {
                // A server that reads only now also finds everything, in order and once.
                var history = _redis.History.ConvertAll(value => int.Parse(value, CultureInfo.InvariantCulture));
                Assert.Equal(history.Distinct().OrderBy(value => value), history);
                Assert.Empty(acknowledged.Except(history));
            }
        }
    }
}
