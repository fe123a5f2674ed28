using System.Globalization;
using IppanFleet.Libp2p.Multiformats;

namespace IppanFleet.Silo.Options;

/// <summary>Reads options as what they mean. What was not given is the default; what does not fit is an <see cref="OptionFault"/>.</summary>
internal sealed class OptionReader(Func<OptionSpec, OptionValue?> find)
{
    private const int MinTokenLength = 16;

    internal bool Has(OptionSpec spec) => find(spec) is not null;

    internal int Whole(OptionSpec spec, int least, int most, int otherwise) =>
        Read(spec, text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most ? value : (int?)null) ?? otherwise;

    internal double? Positive(OptionSpec spec, double most) =>
        Read(spec, text => double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) && value > 0 && value <= most ? value : (double?)null);

    internal bool? Flag(OptionSpec spec) => Read(spec, text => text switch
    {
        "true" or "1" => true,
        "false" or "0" => false,
        _ => (bool?)null,
    });

    internal ReadOnlyMemory<byte>? Secret(OptionSpec spec) => Read<ReadOnlyMemory<byte>>(spec, text =>
    {
        if (text.Length < 32 || text.Length % 2 != 0 || !text.All(char.IsAsciiHexDigit)) return null;
        return Convert.FromHexString(text);
    });

    /// <summary>A secret that is sent as it is; what does not fit is not shown.</summary>
    internal string? Token(OptionSpec spec)
    {
        if (find(spec) is not { } given) return null;
        var text = Single(spec, given);
        return text.Length >= MinTokenLength && text.All(c => char.IsAscii(c) && !char.IsControl(c) && c != ' ') ? text : throw new OptionFault($"{given.Where}: expected {spec.Expects}");
    }

    internal Uri? HttpUrl(OptionSpec spec)
    {
        var text = Text(spec, value => Uri.TryCreate(value, UriKind.Absolute, out var url) && url.Scheme == Uri.UriSchemeHttp && url.PathAndQuery == "/");
        return text is null ? null : new Uri(text);
    }

    internal string? File(OptionSpec spec) => Text(spec, path =>
    {
        var directory = Path.GetDirectoryName(Path.GetFullPath(path));
        return path.Length > 0 && !Directory.Exists(path) && Directory.Exists(directory);
    });

    internal string? Folder(OptionSpec spec) => Text(spec, path =>
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        return Directory.Exists(full) || (!System.IO.File.Exists(full) && Directory.Exists(Path.GetDirectoryName(full)));
    });

    internal string? OneOf(OptionSpec spec, params string[] words) => Text(spec, words.Contains);

    internal IReadOnlyList<string> Multiaddrs(OptionSpec spec, Func<string, bool> fits)
    {
        if (find(spec) is not { } given) return [];
        foreach (var text in given.Texts)
        {
            if (!Multiaddr.TryParse(text, out _, out _) || !fits(text)) throw Unfit(spec, given, text);
        }

        return given.Texts;
    }

    internal string? Text(OptionSpec spec, Func<string, bool> fits)
    {
        if (find(spec) is not { } given) return null;
        var text = Single(spec, given);
        return text.Length > 0 && fits(text) ? text : throw Unfit(spec, given, text);
    }

    private T? Read<T>(OptionSpec spec, Func<string, T?> parse)
        where T : struct
    {
        if (find(spec) is not { } given) return null;
        var text = Single(spec, given);
        return parse(text) ?? throw Unfit(spec, given, text);
    }

    private static string Single(OptionSpec spec, OptionValue given) => given.Texts.Count == 1 ? given.Texts[0] : throw new OptionFault($"{given.Where}: expected {spec.Expects}, once");

    private static OptionFault Unfit(OptionSpec spec, OptionValue given, string text)
    {
        var shown = new string([.. text.Take(60).Select(c => char.IsControl(c) ? '?' : c)]);
        return new OptionFault($"{given.Where}: expected {spec.Expects}, not '{shown}'");
    }
}
