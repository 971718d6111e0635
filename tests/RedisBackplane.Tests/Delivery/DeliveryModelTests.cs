using System.Globalization;

namespace RedisBackplane.Tests.Delivery;

/// <summary>
/// Random schedules on two servers that receive the same stream, on one thread, compared with
/// <see cref="StreamModel"/>. The seed is the test's argument; <c>REDIS_BACKPLANE_MODEL_SEEDS</c> sets the number of
/// seeds.
/// </summary>
public sealed class DeliveryModelTests
{
    public static TheoryData<int> Seeds()
    {
        var wanted = Environment.GetEnvironmentVariable("REDIS_BACKPLANE_MODEL_SEEDS");
        var count = int.TryParse(wanted, NumberStyles.None, CultureInfo.InvariantCulture, out var set) ? set : 150;
        return new TheoryData<int>(Enumerable.Range(1, count));
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Clients_AnySchedule_GetWhatTheModelSays(int seed) => AssertAsTheModelSays(seed, sharesIds: false);

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Clients_AnyScheduleWithMessagesThatShareIds_GetWhatTheModelSays(int seed) => AssertAsTheModelSays(seed, sharesIds: true);

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Clients_LogTooSmall_MissOnlyWhatIsCounted(int seed)
    {
        using var schedule = new DeliverySchedule(seed, DeliveryHarness.DefaultLimits with { MaxLogMessages = 12 });
        schedule.RunWithoutCommands();
        var missed = false;
        foreach (var client in schedule.Clients)
        {
            var expected = schedule.Expect(client);
            var got = client.Subscriber.Ids;
            Assert.Equal(got.OrderBy(id => id), got);
            Assert.Equal(got.Distinct(), got);
            Assert.Empty(got.Except(expected));
            missed |= got.Count < expected.Count;
        }

        Assert.True(!missed || schedule.Overruns > 0, "messages are missing, and no overrun was counted");
    }

    private static void AssertAsTheModelSays(int seed, bool sharesIds)
    {
        using var schedule = new DeliverySchedule(seed, DeliveryHarness.DefaultLimits) { SharesIds = sharesIds };
        schedule.Run();
        foreach (var client in schedule.Clients)
        {
            Assert.Null(client.Subscriber.Fault);
            Assert.Equal(schedule.Expect(client), client.Subscriber.Ids);
        }

        Assert.Equal(0, schedule.Overruns);
    }
}
