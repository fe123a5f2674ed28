using IppanFleet.Libp2p.Transports;

namespace IppanFleet.Libp2p.Swarm;

/// <content>Connections that others dial.</content>
public sealed partial class PeerSwarm
{
    private async Task AcceptLoopAsync(ITransportListener listener)
    {
        try
        {
            while (await listener.AcceptAsync(_stop.Token).ConfigureAwait(false) is { } raw)
            {
                var handshake = new ResourceClaim(ResourceKind.Handshakes, 1, Ip: IpGroup.Of(raw.RemoteAddress, _options.Limits.LimitLoopback));
                var allowed = _watch.Allows(raw.RemoteAddress, static (g, a) => g.AllowAccept(a));
                var refusal = allowed ? RefuseArrival(handshake) : null;
                if (allowed && refusal is null)
                {
                    _ = UpgradeInboundAsync(raw, handshake);
                    continue;
                }
                raw.Channel.Abort();
                _watch.InboundRefused(raw.RemoteAddress, refusal?.ToString() ?? "the gater does not allow it");
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The host stops.
        }
        catch (Exception e)
        {
            _logger.ListenerFailed(e, listener.Addresses[0]);
        }
    }

    /// <summary>Asks, before anything is spent on a raw connection, whether its address comes too often, and for room among the handshakes and the connections.</summary>
    private ResourceRefusal? RefuseArrival(in ResourceClaim handshake)
    {
        if (!handshake.Ip.Host.IsNone && !_arrivals.TryTake(handshake.Ip.Host, Time.GetUtcNow()))
        {
            var tooOften = new ResourceRefusal(
                ResourceKind.Handshakes, ResourceScope.Ip, handshake.Ip.Host.ToString(), _options.Limits.HandshakeBurstPerIp, _options.Limits.HandshakeBurstPerIp, "SwarmOptions.Limits.HandshakesPerSecondPerIp");
            Ledger.Count(tooOften);
            return tooOften;
        }
        var full = Ledger.WouldRefuse(new ResourceClaim(ResourceKind.InboundConnections, 1, Ip: handshake.Ip));
        return full is null || (full.Scope == ResourceScope.Node && MayEvict()) ? Ledger.TryTake(handshake) : Counted(full);
    }

    private ResourceRefusal Counted(ResourceRefusal refusal)
    {
        Ledger.Count(refusal);
        return refusal;
    }

    /// <summary>Never faults: whatever an inbound connection does costs that connection alone.</summary>
    private async Task UpgradeInboundAsync(TransportConnection raw, ResourceClaim handshake)
    {
        try
        {
            using var deadline = Within(_options.UpgradeTimeout, CancellationToken.None);
            var connection = await _upgrader.UpgradeAsync(raw, Direction.Inbound, expected: null, _watch, OnStream, Ledger, deadline.Token).ConfigureAwait(false);
            Establish(connection);
        }
        catch (Exception e)
        {
            raw.Channel.Abort();
            _watch.InboundRefused(raw.RemoteAddress, e is OperationCanceledException ? $"the handshake took more than {_options.UpgradeTimeout.TotalSeconds:0.#} s" : e.Message);
        }
        finally
        {
            Ledger.Release(handshake);
        }
    }
}
