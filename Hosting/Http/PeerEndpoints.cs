using IppanFleet.Grains;
using IppanFleet.Libp2p.Identity;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace IppanFleet.Hosting.Http;

/// <summary>Peers and topics over HTTP: snapshots and bounded pages.</summary>
internal static class PeerEndpoints
{
    internal static void MapPeersAndTopics(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/nodes/{name}/peers", PeersAsync);
        routes.MapGet("/api/peers/{name}/{peer}", PeerAsync);
        routes.MapGet("/api/topics", TopicsAsync);
        // A topic has slashes in its name.
        routes.MapGet("/api/topics/{**topic}", TopicAsync);
    }

    private static async Task<IResult> PeersAsync(IGrainFactory grains, string name, int skip = 0, int take = 100)
    {
        // A node's grain stays once it was called: names that the fleet does not have must not make any.
        if (!await Fleet(grains).Has(name).ConfigureAwait(false)) return NoSuchNode();
        return Results.Json(new { Node = name, Peers = await grains.GetGrain<INodeGrain>(name).Peers(skip, take).ConfigureAwait(false) }, FleetEndpoints.Json);
    }

    private static async Task<IResult> PeerAsync(IGrainFactory grains, string name, string peer)
    {
        if (!PeerId.TryParse(peer, out var id)) return FleetEndpoints.Refusal(StatusCodes.Status400BadRequest, "That is no peer id.");
        if (!await Fleet(grains).Has(name).ConfigureAwait(false)) return NoSuchNode();
        var record = await grains.GetGrain<IPeerGrain>($"{name}/{id}").Find().ConfigureAwait(false);
        return record is null ? FleetEndpoints.Refusal(StatusCodes.Status404NotFound, "The node does not know that peer.") : Results.Json(record, FleetEndpoints.Json);
    }

    private static async Task<IResult> TopicsAsync(IGrainFactory grains, int skip = 0, int take = 100)
    {
        var topics = await Fleet(grains).Topics().ConfigureAwait(false);
        var page = topics.Skip(Math.Max(0, skip)).Take(Math.Clamp(take, 0, FleetKeys.MaxPage));
        var summaries = await Task.WhenAll(page.Select(topic => grains.GetGrain<ITopicGrain>(topic).Summary())).ConfigureAwait(false);
        return Results.Json(new { Total = topics.Length, Topics = summaries }, FleetEndpoints.Json);
    }

    private static async Task<IResult> TopicAsync(IGrainFactory grains, string topic, int skip = 0, int take = 100)
    {
        if (!(await Fleet(grains).Topics().ConfigureAwait(false)).Contains(topic, StringComparer.Ordinal)) return FleetEndpoints.Refusal(StatusCodes.Status404NotFound, "The fleet has no such topic.");
        var grain = grains.GetGrain<ITopicGrain>(topic);
        return Results.Json(new { Topic = await grain.Summary().ConfigureAwait(false), Nodes = await grain.Nodes(skip, take).ConfigureAwait(false) }, FleetEndpoints.Json);
    }

    private static IFleetGrain Fleet(IGrainFactory grains) => grains.GetGrain<IFleetGrain>(FleetKeys.Fleet);

    private static IResult NoSuchNode() => FleetEndpoints.Refusal(StatusCodes.Status404NotFound, "The fleet has no such node.");
}
