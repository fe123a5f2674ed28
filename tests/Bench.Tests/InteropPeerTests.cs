using System.Diagnostics;
using System.Reflection;
using System.Text.Json;

namespace IppanFleet.Bench.Tests;

/// <summary>Peers of a transport interoperability test as processes, which meet in a real Redis.</summary>
[Trait("area", "interop")]
public sealed class InteropPeerTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Dialer_FindsTheListenerThroughRedis_AndPrintsItsTimings()
    {
        using var redis = RedisServer.Start();
        using var listener = new Peer(("is_dialer", "false"), ("ip", "127.0.0.1"), ("redis_addr", redis.Address), ("test_timeout_seconds", "60"));
        using var dialer = new Peer(("is_dialer", "true"), ("redis_addr", redis.Address), ("test_timeout_seconds", "60"));
        var (code, output, log) = await dialer.EndAsync();
        code.ShouldBe(0, log);
        using var timings = JsonDocument.Parse(output);
        var ping = timings.RootElement.GetProperty("pingRTTMilllis").GetDouble();
        ping.ShouldBeGreaterThan(0);
        timings.RootElement.GetProperty("handshakePlusOneRTTMillis").GetDouble().ShouldBeGreaterThan(ping);
        timings.RootElement.EnumerateObject().Count().ShouldBe(2);
        output.TrimEnd().ShouldNotContain("\n");
        log.ShouldContain("dialing /ip4/127.0.0.1/tcp/");
        listener.HasEnded.ShouldBeFalse("whoever runs the test ends it");
    }

    [Fact]
    public async Task Dialer_WithoutListener_FailsWhenTheTimeIsOver()
    {
        using var redis = RedisServer.Start();
        using var dialer = new Peer(("is_dialer", "true"), ("redis_addr", redis.Address), ("test_timeout_seconds", "2"));
        var (code, output, log) = await dialer.EndAsync();
        code.ShouldBe(1);
        output.ShouldBe("");
        log.Trim().ShouldBeOneOf("the time of the test is over", "no listener put its address into 'listenerAddr' in time");
    }

    [Fact]
    public async Task Listener_ThatNobodyEnds_Fails()
    {
        using var redis = RedisServer.Start();
        using var listener = new Peer(("is_dialer", "false"), ("ip", "127.0.0.1"), ("redis_addr", redis.Address), ("test_timeout_seconds", "3"));
        (await listener.EndAsync()).Code.ShouldBe(1);
    }

    [Fact]
    public async Task Redis_ThatIsNotThere_IsSaid()
    {
        // Port 1 of loopback: nobody listens.
        using var dialer = new Peer(("is_dialer", "true"), ("redis_addr", "127.0.0.1:1"), ("test_timeout_seconds", "1"));
        var (code, output, log) = await dialer.EndAsync();
        code.ShouldBe(1);
        output.ShouldBe("");
        log.ShouldContain("Redis at 127.0.0.1:1 cannot be reached");
    }

    [Fact]
    public async Task Transport_ThatIsNotSupported_OneLineAndExitCodeTwo()
    {
        using var peer = new Peer(("transport", "quic-v1"), ("is_dialer", "true"));
        var (code, output, log) = await peer.EndAsync();
        code.ShouldBe(2);
        output.ShouldBe("");
        log.Trim().ShouldBe("transport 'quic-v1' is not supported: this peer has tcp");
    }

    private sealed class Peer : IDisposable
    {
        private readonly Process _process;
        private readonly Task<string> _output;
        private readonly Task<string> _log;

        internal Peer(params (string Name, string Value)[] environment)
        {
            var program = typeof(Peer).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "BenchProgram").Value!;
            var start = new ProcessStartInfo("dotnet", [program, "interop-peer"]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
            (start.Environment["transport"], start.Environment["security"], start.Environment["muxer"]) = ("tcp", "noise", "yamux");
            foreach (var (name, value) in environment) start.Environment[name] = value;
            _process = Process.Start(start)!;
            _output = _process.StandardOutput.ReadToEndAsync();
            _log = _process.StandardError.ReadToEndAsync();
        }

        internal bool HasEnded => _process.HasExited;

        internal async Task<(int Code, string Output, string Log)> EndAsync()
        {
            using var deadline = new CancellationTokenSource(Deadline);
            await _process.WaitForExitAsync(deadline.Token);
            return (_process.ExitCode, await _output, await _log);
        }

        public void Dispose()
        {
            if (!_process.HasExited) _process.Kill();
            _process.Dispose();
        }
    }
}
