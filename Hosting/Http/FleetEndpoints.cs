using System.Text.Json;
using System.Text.Json.Serialization;
using IppanFleet.Grains;
using IppanFleet.Hosting.Metrics;
using IppanFleet.Ippan;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace IppanFleet.Hosting.Http;

/// <summary>What a silo answers over HTTP.</summary>
public static class FleetEndpoints
{
    private const string PrometheusType = "text/plain; version=0.0.4; charset=utf-8";
    private const int MaxReasons = 20;

    internal static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) } };

    /// <summary>Adds health, metrics and the fleet's snapshot.</summary>
    public static IEndpointRouteBuilder MapIppanFleet(this IEndpointRouteBuilder routes)
    {
        // Whether the process can answer at all; nothing else, or a slow cluster would have its pods killed.
        routes.MapGet("/health/live", () => Results.Text("live\n"));
        routes.MapGet("/health/ready", Ready);
        routes.MapGet("/metrics", (MetricsScrape metrics) => Results.Text(metrics.Read(), PrometheusType));
        routes.MapGet("/api/fleet", FleetAsync);
        routes.MapAccess();
        routes.MapGet("/api/blocks/{id}", BlockAsync);
        routes.MapPeersAndTopics();
        return routes;
    }

    private static IResult Ready(FleetMonitor monitor)
    {
        var reasons = monitor.ReasonsNotReady();
        return Results.Json(
            new { Ready = reasons.Count == 0, Reasons = reasons.Take(MaxReasons), Further = Math.Max(0, reasons.Count - MaxReasons) },
            Json,
            statusCode: reasons.Count == 0 ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }

    /// <summary>The message that the block came in, as it came.</summary>
    private static async Task<IResult> BlockAsync(IGrainFactory grains, string id)
    {
        if (!Hash32.TryParse(id, out _)) return Refusal(StatusCodes.Status400BadRequest, "A block's id has 64 hex digits.");
        var block = await grains.GetGrain<IFleetGrain>(FleetKeys.Fleet).FindBlock(id).ConfigureAwait(false);
        return block is null ? Refusal(StatusCodes.Status404NotFound, "No such block is kept.") : Results.Bytes(block.Data, "application/json");
    }

    /// <summary>An answer that says in words why there is no other.</summary>
    internal static IResult Refusal(int status, string error) => Results.Json(new { Error = error }, Json, statusCode: status);

    private static async Task<IResult> FleetAsync(IGrainFactory grains, int skip = 0, int take = 100)
    {
        var fleet = grains.GetGrain<IFleetGrain>(FleetKeys.Fleet);
        var snapshot = await fleet.Snapshot().ConfigureAwait(false);
        var nodes = await fleet.Nodes(skip, take).ConfigureAwait(false);
        return Results.Json(new { Fleet = snapshot, Nodes = nodes }, Json);
    }
}
