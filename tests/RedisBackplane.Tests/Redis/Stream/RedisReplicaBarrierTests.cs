using Moq;

namespace RedisBackplane.Tests.Redis.Stream;

public sealed class RedisReplicaBarrierTests
{
    private const int Rounds = 3000;
    private const int Replicas = 2;

    [Fact]
    public async Task PassAsync_ComesInTheMomentInWhichAWaitEnds_NeverLetsAnOldAnswerSpeakForLaterWrites()
    {
        using var redis = await MockedRedis.Connect();
        var answer = Task.FromResult(Reached(0));
        redis.Database.Setup(database => database.ExecuteAsync("WAIT", It.IsAny<object[]>())).Returns(() => Volatile.Read(ref answer));
        var barrier = new RedisReplicaBarrier(redis.Connection, redis.Slot, TimeProvider.System, Replicas);

        for (var round = 0; round < Rounds; round++)
        {
            var ending = new TaskCompletionSource<RedisResult>(TaskCreationOptions.RunContinuationsAsynchronously);
            Volatile.Write(ref answer, ending.Task);
            var first = barrier.PassAsync(redis.Connection.Changes);
            Volatile.Write(ref answer, Task.FromResult(Reached(Replicas)));
            var end = Task.Run(() => ending.SetResult(Reached(Replicas)));
            var second = barrier.PassAsync(redis.Connection.Changes);
            await Task.WhenAll(first, second, end).Bounded();

            // The replicas have disconnected by now.
            Volatile.Write(ref answer, Task.FromResult(Reached(0)));
            await Assert.ThrowsAsync<BackplaneException>(() => barrier.PassAsync(redis.Connection.Changes).Bounded());
        }
    }

    private static RedisResult Reached(int replicas) => RedisResult.Create((RedisValue)replicas);
}
