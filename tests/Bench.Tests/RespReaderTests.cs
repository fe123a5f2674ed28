using System.Text;
using FsCheck;
using FsCheck.Fluent;
using IppanFleet.Bench.Interop;

namespace IppanFleet.Bench.Tests;

public sealed class RespReaderTests
{
    [Fact]
    public async Task Array_OfNameAndValue_IsRead()
    {
        var value = await ReadAsync("*2\r\n$12\r\nlistenerAddr\r\n$4\r\n/ip4\r\n");
        value.Kind.ShouldBe(RespKind.Array);
        value.Items.Select(item => item.Text).ShouldBe(["listenerAddr", "/ip4"]);
    }

    [Theory]
    [InlineData("*-1\r\n")]
    [InlineData("$-1\r\n")]
    public async Task Nothing_IsNull(string answer) => (await ReadAsync(answer)).Kind.ShouldBe(RespKind.Null);

    [Fact]
    public async Task Refusal_IsAnErrorWithItsText()
    {
        var value = await ReadAsync("-WRONGTYPE no list\r\n");
        (value.Kind, value.Text).ShouldBe((RespKind.Error, "WRONGTYPE no list"));
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\n")]
    [InlineData("\r\n")]
    [InlineData(":\r\n")]
    [InlineData("$3\r\nabcd\r\n")]
    [InlineData("$-2\r\n")]
    [InlineData("$5000\r\n")]
    [InlineData("*17\r\n")]
    [InlineData("*99999999999999999999\r\n")]
    [InlineData("*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n")]
    [InlineData("+cut off")]
    [InlineData("")]
    public async Task WhatIsNoAnswer_IsRefused(string answer) => await Should.ThrowAsync<RedisException>(() => ReadAsync(answer));

    [Fact]
    public async Task LineWithoutEnd_IsRefusedAtItsBound() =>
        (await Should.ThrowAsync<RedisException>(() => ReadAsync("+" + new string('x', RespReader.MaxLine + 1)))).Message.ShouldContain($"{RespReader.MaxLine}");

    [Fact]
    public void AnyBytes_AreAValueOrRefused() => Prop.ForAll<byte[]>(bytes =>
    {
        try
        {
            _ = new RespReader(new MemoryStream(bytes)).ReadAsync(CancellationToken.None).GetAwaiter().GetResult();
        }
        catch (RedisException)
        {
            // Refused.
        }
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Command_CountsBytesNotCharacters() => Encoding.UTF8.GetString(RespWriter.Encode(["RPUSH", "ü"])).ShouldBe("*2\r\n$5\r\nRPUSH\r\n$2\r\nü\r\n");

    private static Task<RespValue> ReadAsync(string answer) => new RespReader(new MemoryStream(Encoding.UTF8.GetBytes(answer))).ReadAsync(CancellationToken.None);
}
