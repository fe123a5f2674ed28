namespace IppanFleet.Libp2p.Tests;

/// <summary>What tests do with channels.</summary>
internal static class ChannelExtensions
{
    internal static async Task<byte[]> ReadExactlyAsync(this ByteChannel channel, int size)
    {
        var bytes = new byte[size];
        for (var at = 0; at < size;)
        {
            var read = await channel.ReadAsync(bytes.AsMemory(at), TestHosts.Deadline);
            read.ShouldBeGreaterThan(0, $"the channel ended after {at} of {size} bytes");
            at += read;
        }
        return bytes;
    }

    internal static async Task<byte[]> ReadToEndAsync(this ByteChannel channel)
    {
        var all = new MemoryStream();
        var buffer = new byte[16 * 1024];
        var deadline = TestHosts.Deadline;
        for (var read = await channel.ReadAsync(buffer, deadline); read > 0; read = await channel.ReadAsync(buffer, deadline)) all.Write(buffer, 0, read);
        return all.ToArray();
    }

    /// <summary>Sends back what comes until the end, then closes.</summary>
    internal static async Task EchoAsync(this ByteChannel channel, int bufferSize = 16 * 1024)
    {
        var buffer = new byte[bufferSize];
        for (var read = await channel.ReadAsync(buffer); read > 0; read = await channel.ReadAsync(buffer)) await channel.WriteAsync(buffer.AsMemory(0, read));
        await channel.CloseWriteAsync();
    }

    internal static byte[] Random(int size, int seed = 1)
    {
        var bytes = new byte[size];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
