using IppanFleet.Hosting;
using IppanFleet.Silo.Options;
using IppanFleet.Silo.Run;

var command = SiloCommand.Parse(args, Environment.GetEnvironmentVariable, (FleetEngine.Name, FleetEngine.HasSeveralSilos));
if (command.Text is { } text)
{
    await Console.Out.WriteLineAsync(text);
    return 0;
}

if (command.Options is not { } options)
{
    await Console.Error.WriteLineAsync(command.Error);
    return 2;
}

if (OpenFiles.Refusal(options.Fleet) is { } refusal)
{
    await Console.Error.WriteLineAsync(refusal);
    return 1;
}

using var signals = new StopSignals();
return await new SiloRun(options, Console.Out, Console.Error, isTerminal: !Console.IsOutputRedirected, TimeProvider.System).RunAsync(signals.Stop);
