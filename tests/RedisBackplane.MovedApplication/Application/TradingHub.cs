using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using Microsoft.AspNet.SignalR;
using Microsoft.AspNet.SignalR.Hubs;

namespace RedisBackplane.MovedApplication;

public interface ITradingClient
{
    Task Priced(string symbol, decimal price);

    void Closed();
}

public sealed class Quote
{
    public string Symbol { get; set; } = string.Empty;

    public decimal Price { get; set; }
}

/// <summary>The tutorial's singleton: it sends through GlobalHost, from outside of hubs.</summary>
public sealed class Market
{
    private static readonly Lazy<Market> Single = new Lazy<Market>(
        () => new Market(GlobalHost.ConnectionManager.GetHubContext<TradingHub, ITradingClient>().Clients));

    private readonly ConcurrentDictionary<string, decimal> _prices = new ConcurrentDictionary<string, decimal>();
    private readonly IHubConnectionContext<ITradingClient> _clients;

    private Market(IHubConnectionContext<ITradingClient> clients)
    {
        _clients = clients;
        _prices["MSFT"] = 30.31m;
    }

    public static Market Instance
    {
        get { return Single.Value; }
    }

    public IEnumerable<Quote> Quotes
    {
        get { return _prices.Select(pair => new Quote { Symbol = pair.Key, Price = pair.Value }); }
    }

    public Task SetAsync(string symbol, decimal price)
    {
        _prices[symbol] = price;
        return _clients.Group(symbol).Priced(symbol, price);
    }

    public void Close()
    {
        _clients.All.Closed();
    }
}

/// <summary>A typed hub with the tutorial's two constructors.</summary>
[HubName("trading")]
public class TradingHub : Hub<ITradingClient>
{
    private readonly Market _market;

    public TradingHub()
        : this(Market.Instance)
    {
    }

    public TradingHub(Market market)
    {
        _market = market;
    }

    public IEnumerable<Quote> GetQuotes()
    {
        return _market.Quotes;
    }

    public Task Watch(string symbol)
    {
        return Groups.Add(Context.ConnectionId, symbol);
    }

    public Task SetPrice(string symbol, decimal price)
    {
        return _market.SetAsync(symbol, price);
    }

    public async Task<int> Trade(int shares, IProgress<int> progress)
    {
        for (var share = 1; share <= shares; share++)
        {
            progress.Report(share);
            await Task.Yield();
        }

        return AuditModule.Trades;
    }

    public void Close()
    {
        _market.Close();
    }
}
