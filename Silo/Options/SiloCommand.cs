using System.CommandLine;
using System.CommandLine.Parsing;
using IppanFleet.Grains;
using IppanFleet.Hosting;
using Option = System.CommandLine.Option;

namespace IppanFleet.Silo.Options;

/// <summary>What the silo was told: options, or a text to show, or an error of one line.</summary>
internal sealed record SiloCommand(SiloOptions? Options, string? Text, string? Error)
{
    private const int MaxTransactionsPerBlock = 200;
    private const int MaxSilos = 16;
    private const double MaxRate = 1_000;
    private const double MaxSeconds = 1_000_000;

    /// <summary>Reads the command line, and for what it does not say the environment, then the configuration file.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="environment">Finds a variable.</param>
    /// <param name="engine">The engine's name, and whether a process may have several silos of it.</param>
    internal static SiloCommand Parse(IReadOnlyList<string> arguments, Func<string, string?> environment, (string Name, bool HasSeveralSilos) engine)
    {
        var root = new RootCommand("Runs a fleet of IPPAN nodes on this machine. Every option can be given as IPPAN_NAME in the environment, too, and in the file of --config.");
        var options = OptionSpecs.All.ToDictionary(spec => spec, ToOption);
        foreach (var option in options.Values) root.Options.Add(option);
        var parsed = root.Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0) return new SiloCommand(null, null, Explain(parsed.Errors[0]));
        if (parsed.Action is not null) return new SiloCommand(null, Show(parsed), null);

        try
        {
            OptionValue? Given(OptionSpec spec) => FromCommandLine(parsed, options[spec], spec) ?? FromEnvironment(environment, spec);
            var file = Given(OptionSpecs.Config) is { } path ? ConfigFile.Read(path) : null;
            var reader = new OptionReader(spec => Given(spec) ?? (file is not null && file.TryGetValue(spec.Name, out var value) ? value : null));
            return new SiloCommand(Build(reader, hasConfig: file is not null, engine), null, null);
        }
        catch (OptionFault fault)
        {
            return new SiloCommand(null, null, fault.Message);
        }
    }

    private static SiloOptions Build(OptionReader read, bool hasConfig, (string Name, bool HasSeveralSilos) engine)
    {
        var isMemory = read.OneOf(OptionSpecs.Transport, "tcp", "memory") == "memory";
        var isDemo = read.Flag(OptionSpecs.NoDemo) is { } isOff ? !isOff : read.Flag(OptionSpecs.Demo) ?? !hasConfig;
        var demo = new DemoOptions
        {
            Rate = read.Positive(OptionSpecs.Rate, MaxRate) ?? 2,
            TransactionsPerBlock = read.Whole(OptionSpecs.TxPerBlock, 0, MaxTransactionsPerBlock, 5),
        };
        var fleet = new FleetOptions
        {
            Nodes = read.Whole(OptionSpecs.Nodes, 1, FleetKeys.MaxNodes, 5),
            Silos = SilosOf(read, engine),
            Transport = isMemory ? FleetTransport.Memory : FleetTransport.Tcp,
            FirstListen = read.Multiaddrs(OptionSpecs.Listen, address => address.StartsWith("/memory/", StringComparison.Ordinal) == isMemory),
            Bootstrap = read.Multiaddrs(OptionSpecs.Bootstrap, _ => true),
            UpstreamTimings = read.OneOf(OptionSpecs.Profile, "upstream") is not null,
            Demo = isDemo ? demo : null,
            AdminToken = read.Token(OptionSpecs.AdminToken),
        };
        return new SiloOptions
        {
            Fleet = read.Secret(OptionSpecs.Seed) is { } seed ? fleet with { Seed = seed } : fleet,
            DataFolder = read.Folder(OptionSpecs.Data),
            SetAsideDamaged = read.Flag(OptionSpecs.DataSetAside) ?? false,
            HttpListen = read.HttpUrl(OptionSpecs.HttpListen),
            For = read.Positive(OptionSpecs.For, MaxSeconds) is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            ReportFile = read.File(OptionSpecs.Report),
            ReadyFile = read.File(OptionSpecs.Ready),
            Verbose = read.Flag(OptionSpecs.Verbose) ?? false,
        };
    }

    private static int SilosOf(OptionReader read, (string Name, bool HasSeveralSilos) engine)
    {
        var silos = read.Whole(OptionSpecs.Silos, 1, MaxSilos, 1);
        return silos == 1 || engine.HasSeveralSilos ? silos : throw new OptionFault($"{OptionSpecs.Silos.Dashed}: with the {engine.Name} engine a process has one silo; start further processes instead");
    }

    private static Option ToOption(OptionSpec spec)
    {
        Option option = spec.IsSwitch ? new Option<bool>(spec.Dashed) : spec.IsList ? new Option<string[]>(spec.Dashed) : new Option<string>(spec.Dashed);
        option.Description = spec.Help;
        option.Arity = spec.IsSwitch ? ArgumentArity.Zero : spec.IsList ? ArgumentArity.OneOrMore : ArgumentArity.ExactlyOne;
        if (!spec.IsSwitch) option.HelpName = spec.Name.ToUpperInvariant();
        return option;
    }

    private static OptionValue? FromCommandLine(ParseResult parsed, Option option, OptionSpec spec)
    {
        if (parsed.GetResult(option) is not { Implicit: false } result) return null;
        return new OptionValue(spec.IsSwitch ? ["true"] : [.. result.Tokens.Select(token => token.Value)], spec.Dashed);
    }

    private static OptionValue? FromEnvironment(Func<string, string?> environment, OptionSpec spec)
    {
        if (environment(spec.Variable) is not { Length: > 0 } text) return null;
        return new OptionValue(spec.IsList ? text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) : [text], spec.Variable);
    }

    private static string Explain(ParseError error)
    {
        if (error.SymbolResult is OptionResult option && OptionSpecs.All.FirstOrDefault(spec => spec.Dashed == option.Option.Name) is { } known)
            return known.IsSwitch ? $"{known.Dashed}: expected nothing after it" : $"{known.Dashed}: expected {known.Expects}{(known.IsList ? "" : ", once")}";
        return string.Join(' ', error.Message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)) + " See --help.";
    }

    private static string Show(ParseResult parsed)
    {
        using var text = new StringWriter();
        parsed.Invoke(new InvocationConfiguration { Output = text, Error = text });
        return text.ToString().TrimEnd();
    }
}
