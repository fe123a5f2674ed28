using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace IppanFleet.Hosting.Storage;

/// <summary>
/// State as JSON, the same under both engines: <c>{"format":1,"state":{…}}</c>. Members that a newer version has written are
/// kept with the object that they belong to and written again.
/// </summary>
internal static class StateSerializer
{
    /// <summary>The version of the envelope. A newer one is refused.</summary>
    internal const int Format = 1;

    /// <summary>What was read and is not known, by the object that had it.</summary>
    private static readonly ConditionalWeakTable<object, Dictionary<string, JsonElement>> Unknown = [];

    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { KeepUnknown } },
    };

    internal static byte[] Write<T>(T state) => JsonSerializer.SerializeToUtf8Bytes(new Envelope<T> { Format = Format, State = state }, Options);

    /// <exception cref="DataFault">It is no state of that type, or of a newer version.</exception>
    internal static T Read<T>(ReadOnlySpan<byte> json, string what)
    {
        try
        {
            var envelope = JsonSerializer.Deserialize<Envelope<T>>(json, Options) ?? throw new DataFault($"{what} is empty");
            if (envelope.Format > Format) throw new DataFault($"{what} was written by a newer version (format {envelope.Format}, this one knows {Format})");
            return envelope.State ?? throw new DataFault($"{what} has no state");
        }
        catch (JsonException e)
        {
            throw new DataFault($"{what} cannot be read: {e.Message}", e);
        }
    }

    private static void KeepUnknown(JsonTypeInfo type)
    {
        if (type.Kind != JsonTypeInfoKind.Object || type.Type.IsValueType) return;
        var rest = type.CreateJsonPropertyInfo(typeof(Dictionary<string, JsonElement>), "_unknown");
        rest.IsExtensionData = true;
        rest.Get = static owner => Unknown.TryGetValue(owner, out var members) ? members : null;
        rest.Set = static (owner, members) => Unknown.AddOrUpdate(owner, (Dictionary<string, JsonElement>)members!);
        type.Properties.Add(rest);
    }

    private sealed class Envelope<T>
    {
        public int Format { get; set; }

        public T? State { get; set; }
    }
}
