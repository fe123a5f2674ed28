using System.Text.Json;
using IppanFleet.Grains;
using IppanFleet.Libp2p.Identity;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;

namespace IppanFleet.Hosting.Http;

/// <summary>Bans and the allow-list over HTTP: to read for everybody, to change with the admin token.</summary>
internal static class AccessEndpoints
{
    private const int MaxBodyBytes = 4_096;

    /// <summary>A year of seconds ten times over: whoever wants longer leaves it out.</summary>
    private const double MaxSeconds = 315_360_000;

    internal static void MapAccess(this IEndpointRouteBuilder routes)
    {
        Map(routes, "/api/bans", static list => list.Bans, static (fleet, rule) => fleet.Ban(rule), static (fleet, subject) => fleet.Unban(subject));
        Map(routes, "/api/allowed", static list => list.Allowed, static (fleet, rule) => fleet.Allow(rule), static (fleet, subject) => fleet.Disallow(subject));
    }

    private static void Map(
        IEndpointRouteBuilder routes, string path, Func<AccessList, AccessRule[]> read, Func<IFleetGrain, AccessRule, Task<AccessRule>> set, Func<IFleetGrain, string, Task<bool>> remove)
    {
        routes.MapGet(path, async (IGrainFactory grains, int skip = 0, int take = 100) =>
        {
            var list = await Fleet(grains).Access().ConfigureAwait(false);
            var all = read(list);
            return Results.Json(new { list.Version, Total = all.Length, Entries = all.Skip(Math.Max(0, skip)).Take(Math.Clamp(take, 0, FleetKeys.MaxPage)) }, FleetEndpoints.Json);
        });
        routes.MapPost(path, (HttpContext http, IGrainFactory grains, TimeProvider time) => SetAsync(http, grains, time, set)).RequireAdmin();
        // A network has a slash in its name.
        routes.MapDelete(path + "/{**subject}", async (IGrainFactory grains, string subject) =>
            await remove(Fleet(grains), Canonical(subject)).ConfigureAwait(false) ? Results.NoContent() : FleetEndpoints.Refusal(StatusCodes.Status404NotFound, "There is no such entry.")).RequireAdmin();
    }

    private static async Task<IResult> SetAsync(HttpContext http, IGrainFactory grains, TimeProvider time, Func<IFleetGrain, AccessRule, Task<AccessRule>> set)
    {
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = MaxBodyBytes;
        try
        {
            var wanted = await JsonSerializer.DeserializeAsync<WantedRule>(http.Request.Body, FleetEndpoints.Json, http.RequestAborted).ConfigureAwait(false);
            if (wanted?.Subject is null || wanted.Seconds is not (null or (> 0 and <= MaxSeconds))) return Unfit();
            var rule = new AccessRule { Subject = Canonical(wanted.Subject), Reason = wanted.Reason ?? "", Until = wanted.Seconds is { } seconds ? time.GetUtcNow() + TimeSpan.FromSeconds(seconds) : null };
            return Results.Json(await set(Fleet(grains), rule).ConfigureAwait(false), FleetEndpoints.Json);
        }
        catch (JsonException)
        {
            return Unfit();
        }
        catch (BadHttpRequestException e)
        {
            return FleetEndpoints.Refusal(e.StatusCode, e.Message);
        }
        catch (ArgumentException e)
        {
            return FleetEndpoints.Refusal(StatusCodes.Status400BadRequest, e.Message);
        }
        catch (InvalidOperationException e)
        {
            return FleetEndpoints.Refusal(StatusCodes.Status409Conflict, e.Message);
        }
    }

    /// <summary>A peer id has one spelling, however it was given.</summary>
    private static string Canonical(string subject) => PeerId.TryParse(subject, out var peer) ? peer.ToString() : subject;

    private static IFleetGrain Fleet(IGrainFactory grains) => grains.GetGrain<IFleetGrain>(FleetKeys.Fleet);

    private static IResult Unfit() =>
        FleetEndpoints.Refusal(StatusCodes.Status400BadRequest, """Expected {"subject": "a peer id, an IP address or a network", "reason": "…", "seconds": 3600}; reason and seconds may be missing.""");

    private sealed record WantedRule(string? Subject, string? Reason, double? Seconds);
}
