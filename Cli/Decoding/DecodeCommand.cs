using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text.Json;
using IppanFleet.Ippan;

namespace IppanFleet.Cli.Decoding;

/// <summary><c>ippan decode</c>: one answer for each line, written out whenever the input pauses.</summary>
internal sealed class DecodeCommand(LineDecoder decoder, TimeProvider time)
{
    /// <summary>Bytes of the longest line that is read; a longer one is passed over and answered as unreadable.</summary>
    internal const int MaxLineBytes = 64 * 1024 * 1024;

    private const long MaxUnflushedBytes = 1024 * 1024;

    private readonly IppanClock _clock = new(time);

    public async Task RunAsync(Stream input, Stream output, CancellationToken cancellation)
    {
        var reader = PipeReader.Create(input, new StreamPipeReaderOptions(bufferSize: 65_536, leaveOpen: true));
        var writer = PipeWriter.Create(output, new StreamPipeWriterOptions(leaveOpen: true));
        var passingOver = false;
        var searched = 0L;
        while (true)
        {
            // Reading may wait for whoever types: what is answered so far goes out before.
            await writer.FlushAsync(cancellation).ConfigureAwait(false);
            var result = await reader.ReadAsync(cancellation).ConfigureAwait(false);
            var rest = result.Buffer;
            while (TryTakeLine(ref rest, searched, out var line))
            {
                searched = 0;
                if (!passingOver) Write(writer, Answer(line));
                passingOver = false;
                if (writer.UnflushedBytes > MaxUnflushedBytes) await writer.FlushAsync(cancellation).ConfigureAwait(false);
            }

            if (rest.Length > MaxLineBytes)
            {
                if (!passingOver) Write(writer, TooLong());
                passingOver = true;
                rest = rest.Slice(rest.End);
            }

            if (result.IsCompleted)
            {
                // The last line may lack its end.
                if (!rest.IsEmpty && !passingOver) Write(writer, Answer(rest));
                break;
            }

            // What was looked through for the line's end is not looked through again: a long line arrives in many pieces.
            searched = rest.Length;
            reader.AdvanceTo(rest.Start, rest.End);
        }

        await reader.CompleteAsync().ConfigureAwait(false);
        await writer.CompleteAsync().ConfigureAwait(false);
    }

    private static bool TryTakeLine(ref ReadOnlySequence<byte> rest, long searched, out ReadOnlySequence<byte> line)
    {
        if (rest.Slice(searched).PositionOf((byte)'\n') is not { } end)
        {
            line = default;
            return false;
        }

        line = rest.Slice(0, end);
        rest = rest.Slice(rest.GetPosition(1, end));
        return true;
    }

    private static DecodeAnswer TooLong() => DecodeAnswer.Unreadable(string.Create(CultureInfo.InvariantCulture, $"the line has more than {MaxLineBytes} bytes"));

    private static void Write(PipeWriter writer, DecodeAnswer answer)
    {
        using (var json = new Utf8JsonWriter(writer, new JsonWriterOptions { Encoder = DecodeAnswerJson.Relaxed.Options.Encoder }))
        {
            JsonSerializer.Serialize(json, answer, DecodeAnswerJson.Relaxed.DecodeAnswer);
        }

        writer.Write("\n"u8);
    }

    private DecodeAnswer Answer(ReadOnlySequence<byte> line)
    {
        if (line.Length > MaxLineBytes) return TooLong();
        if (line.IsSingleSegment) return Answer(line.FirstSpan);
        var rented = ArrayPool<byte>.Shared.Rent((int)line.Length);
        line.CopyTo(rented);
        var answer = Answer(rented.AsSpan(0, (int)line.Length));
        ArrayPool<byte>.Shared.Return(rented);
        return answer;
    }

    private DecodeAnswer Answer(ReadOnlySpan<byte> line)
    {
        if (line.EndsWith("\r"u8)) line = line[..^1];
        return line.IsEmpty ? DecodeAnswer.Unreadable("the line is empty") : decoder(line, _clock.NowUs());
    }
}
