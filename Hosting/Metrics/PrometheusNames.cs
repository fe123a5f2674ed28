using System.Text;

namespace IppanFleet.Hosting.Metrics;

/// <summary>A metric's name as Prometheus wants it, and what its values are to be multiplied with for the base unit.</summary>
internal readonly record struct PrometheusName(string Name, double Scale);

/// <summary>From OpenTelemetry's names and UCUM units to Prometheus' (https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/).</summary>
internal static class PrometheusNames
{
    internal static PrometheusName Of(string name, string unit, string type)
    {
        var (word, scale) = UnitOf(unit, type);
        var text = new StringBuilder(Sanitise(name, allowColon: true));
        if (word.Length > 0 && !text.ToString().EndsWith("_" + word, StringComparison.Ordinal)) text.Append('_').Append(word);
        if (type == "counter")
        {
            if (!text.ToString().EndsWith("_total", StringComparison.Ordinal)) text.Append("_total");
        }
        else if (type != "histogram")
        {
            AvoidReserved(text);
        }

        return new PrometheusName(text.ToString(), scale);
    }

    /// <summary>A label's name: letters, digits and underscores, not beginning with a digit.</summary>
    internal static string Label(string name) => Sanitise(name, allowColon: false);

    /// <summary>These endings belong to histograms.</summary>
    private static void AvoidReserved(StringBuilder name)
    {
        var text = name.ToString();
        if (text.EndsWith("_count", StringComparison.Ordinal)) name.Replace("_count", "_number", text.Length - 6, 6);
        else if (text.EndsWith("_sum", StringComparison.Ordinal) || text.EndsWith("_bucket", StringComparison.Ordinal) || text.EndsWith("_total", StringComparison.Ordinal)) name.Append("_value");
    }

    private static (string Word, double Scale) UnitOf(string unit, string type)
    {
        if (unit.Length == 0 || unit[0] == '{') return ("", 1);
        if (unit == "1") return (type == "gauge" ? "ratio" : "", 1);
        return unit switch
        {
            "s" => ("seconds", 1),
            "ms" => ("seconds", 1e-3),
            "us" => ("seconds", 1e-6),
            "ns" => ("seconds", 1e-9),
            "By" => ("bytes", 1),
            "KiBy" => ("bytes", 1024),
            "MiBy" => ("bytes", 1024 * 1024),
            "%" => ("ratio", 1e-2),
            _ => (Sanitise(unit.Replace("By", "bytes", StringComparison.Ordinal).Replace("/s", "_per_second", StringComparison.Ordinal), allowColon: false).Trim('_'), 1),
        };
    }

    private static string Sanitise(string name, bool allowColon)
    {
        var text = new StringBuilder(name.Length);
        foreach (var c in name)
        {
            var fits = char.IsAsciiLetterOrDigit(c) || (c == ':' && allowColon);
            if (text.Length == 0 && char.IsAsciiDigit(c)) text.Append('_');
            if (fits) text.Append(c);
            else if (text.Length == 0 || text[^1] != '_') text.Append('_');
        }

        return text.Length == 0 ? "_" : text.ToString();
    }
}
