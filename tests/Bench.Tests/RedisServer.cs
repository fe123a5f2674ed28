using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace IppanFleet.Bench.Tests;

/// <summary>A real redis-server on a random port of loopback, which keeps nothing.</summary>
internal sealed class RedisServer : IDisposable
{
    private const string Program = "/usr/bin/redis-server";

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("redis");
    private readonly Process _process;

    private RedisServer(int port)
    {
        Address = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}");
        string[] arguments = ["--port", port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--daemonize", "no", "--dir", _directory.FullName];
        // Its log goes to a file, or a pipe that nobody reads would fill up.
        _process = Process.Start(new ProcessStartInfo(Program, [.. arguments, "--logfile", Path.Combine(_directory.FullName, "log")]) { UseShellExecute = false })!;
    }

    /// <summary>HOST:PORT.</summary>
    internal string Address { get; }

    /// <summary>Starts one; skips the test where redis-server is not installed. Who uses it waits until it answers.</summary>
    internal static RedisServer Start()
    {
        Assert.SkipUnless(File.Exists(Program), $"{Program} is not installed (Debian package redis-server)");
        return new RedisServer(FreePort());
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        _directory.Delete(recursive: true);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
