namespace IppanFleet.Ippan.Json;

internal delegate void JsonWrite<in T>(T value, ref JsonText json);

/// <summary>What encoding begins and ends with, whatever the type: the buffer, and its return.</summary>
internal static class JsonEncoder
{
    public static byte[] Encode<T>(T value, JsonWrite<T> write)
    {
        var json = new JsonText(stackalloc byte[1024]);
        write(value, ref json);
        var text = json.ToArray();
        json.Dispose();
        return text;
    }
}
