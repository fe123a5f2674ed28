using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace IppanFleet.Hosting.Http;

/// <summary>Lets through what shows the admin token, and nothing when there is none.</summary>
internal static class AdminGate
{
    private const string Scheme = "Bearer ";

    internal static RouteHandlerBuilder RequireAdmin(this RouteHandlerBuilder route) => route.AddEndpointFilter(async (context, next) =>
    {
        var options = (FleetOptions?)context.HttpContext.RequestServices.GetService(typeof(FleetOptions));
        if (options?.AdminToken is not { Length: > 0 } token) return FleetEndpoints.Refusal(StatusCodes.Status403Forbidden, "Nothing can be changed over HTTP: the silo was started without --admin-token.");
        return Shows(context.HttpContext.Request.Headers.Authorization.ToString(), token)
            ? await next(context).ConfigureAwait(false)
            : FleetEndpoints.Refusal(StatusCodes.Status401Unauthorized, "Expected the admin token as 'Authorization: Bearer TOKEN'.");
    });

    /// <summary>Takes as long for a wrong token as for the right one.</summary>
    private static bool Shows(string header, string token) =>
        header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
        && CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(header[Scheme.Length..])), SHA256.HashData(Encoding.UTF8.GetBytes(token)));
}
