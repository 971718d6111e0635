using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Chat;

/// <summary>The address of this machine in its network.</summary>
internal static class LocalNetwork
{
    /// <summary>
    /// The address under which a phone in the same network finds this machine: that of an adapter with a gateway.
    /// </summary>
    public static IPAddress? Address() =>
        NetworkInterface.GetAllNetworkInterfaces()
            .Where(adapter => adapter.OperationalStatus == OperationalStatus.Up)
            .Where(adapter => adapter.NetworkInterfaceType != NetworkInterfaceType.Loopback)
            .Select(adapter => adapter.GetIPProperties())
            .OrderByDescending(properties => properties.GatewayAddresses.Count)
            .SelectMany(properties => properties.UnicastAddresses)
            .Select(unicast => unicast.Address)
            .FirstOrDefault(address => address.AddressFamily == AddressFamily.InterNetwork);

    /// <exception cref="StartException">A port is taken, or may not be used.</exception>
    public static void EnsureFree(IEnumerable<int> ports, bool everyAddress)
    {
        IPAddress[] addresses = everyAddress ? [IPAddress.Any] : [IPAddress.Loopback, IPAddress.IPv6Loopback];
        foreach (var port in ports)
        {
            foreach (var address in addresses)
            {
                EnsureFree(new IPEndPoint(address, port));
            }
        }
    }

    private static void EnsureFree(IPEndPoint endPoint)
    {
        var port = endPoint.Port;
        try
        {
            using var probe = new TcpListener(endPoint);
            probe.Start();
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            throw new StartException($"Port {port} is in use by another program. Choose others, such as --port {Other(port)}.", exception);
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AccessDenied)
        {
            throw new StartException($"Port {port} may not be used by this user. Choose others, such as --port 5001.", exception);
        }
        catch (SocketException) when (endPoint.AddressFamily == AddressFamily.InterNetworkV6)
        {
            // This machine has no IPv6. The server does not use it either.
        }
    }

    private static int Other(int port) => port <= 65000 ? port + 100 : port - 100;
}
