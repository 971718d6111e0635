using Microsoft.AspNet.SignalR.Messaging;
using RedisBackplane.Receiving;
using RedisBackplane.Wire;

namespace RedisBackplane.Delivery;

/// <summary>Delivers through the base class of SignalR, one id per message so that the order of several keys is kept.</summary>
internal sealed class StockDelivery : IFrameSink
{
    private readonly Action<ulong, ScaleoutMessage> _onReceived;

    public StockDelivery(Action<ulong, ScaleoutMessage> onReceived) => _onReceived = onReceived;

    public void Append(in Frame frame)
    {
        var id = frame.Header.FirstId;
        foreach (var message in frame)
        {
            _onReceived(id, new ScaleoutMessage([message.ToMessage(id, streamIndex: 0)]));
            id++;
        }
    }

    public void Start(ulong lastId)
    {
    }
}
