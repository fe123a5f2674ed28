using System.Reflection;
using System.Text;
using System.Text.Json;
using IppanFleet.Grains;
using IppanFleet.Hosting.Storage;

namespace IppanFleet.Hosting.Tests.Storage;

/// <summary>State survives being written and read, whoever wrote it.</summary>
public sealed class StateSerializerTests
{
    /// <summary>Every class that a grain keeps as its state.</summary>
    public static TheoryData<Type> StateTypes => [.. typeof(FleetGrain).Assembly.GetTypes()
        .SelectMany(type => type.GetConstructors()).SelectMany(constructor => constructor.GetParameters()).Select(parameter => parameter.ParameterType)
        .Where(type => type.IsGenericType && type.Name.StartsWith("IPersistentState", StringComparison.Ordinal)).Select(type => type.GetGenericArguments()[0]).Distinct()];

    [Theory]
    [MemberData(nameof(StateTypes))]
    public void State_Filled_RoundTrips(Type type)
    {
        var state = Filled.Make(type, depth: 0);
        var (written, again) = ((byte[], byte[]))typeof(StateSerializerTests).GetMethod(nameof(TwiceWritten), BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(type).Invoke(null, [state])!;
        Encoding.UTF8.GetString(again).ShouldBe(Encoding.UTF8.GetString(written));
        using var json = JsonDocument.Parse(written);
        json.RootElement.GetProperty("format").GetInt32().ShouldBe(1);
        // Everything that was filled in is there.
        foreach (var property in type.GetProperties()) json.RootElement.GetProperty("state").TryGetProperty(JsonNamingPolicy.CamelCase.ConvertName(property.Name), out _).ShouldBeTrue(property.Name);
    }

    [Fact]
    public void UnknownMembers_AreKept_AlsoInnerOnes()
    {
        const string Newer = """{"format":1,"state":{"desired":[{"name":"node-1","identity":"i","colour":"red"},{"name":"node-2"}],"made":2,"zones":{"a":[1,2]}}}""";
        var state = StateSerializer.Read<FleetState>(Encoding.UTF8.GetBytes(Newer), "the fleet");
        state.Made = 3;
        state.Desired.RemoveAt(1);
        using var json = JsonDocument.Parse(StateSerializer.Write(state));
        var written = json.RootElement.GetProperty("state");
        written.GetProperty("made").GetInt32().ShouldBe(3);
        written.GetProperty("zones").GetRawText().ShouldBe("""{"a":[1,2]}""");
        written.GetProperty("desired")[0].GetProperty("colour").GetString().ShouldBe("red");
    }

    [Fact]
    public void MissingMembers_AreTheDefaults() =>
        StateSerializer.Read<FleetState>("""{"format":1,"state":{}}"""u8, "the fleet").Desired.ShouldBeEmpty();

    [Theory]
    [InlineData("""{"format":2,"state":{}}""", "newer version (format 2")]
    [InlineData("""{"format":1}""", "has no state")]
    [InlineData("""{"format":1,"state":{"made":"many"}}""", "cannot be read")]
    [InlineData("", "cannot be read")]
    public void Unfit_IsTold(string json, string reason) =>
        Should.Throw<DataFault>(() => StateSerializer.Read<FleetState>(Encoding.UTF8.GetBytes(json), "the fleet")).Message.ShouldContain(reason);

    private static (byte[] Written, byte[] Again) TwiceWritten<T>(T state)
    {
        var written = StateSerializer.Write(state);
        return (written, StateSerializer.Write(StateSerializer.Read<T>(written, "state")));
    }

    /// <summary>Objects with something other than the default in every member.</summary>
    private static class Filled
    {
        internal static object Make(Type type, int depth)
        {
            if (Nullable.GetUnderlyingType(type) is { } inner) return Make(inner, depth);
            if (type == typeof(string)) return "té\"xt";
            if (type == typeof(bool)) return true;
            if (type == typeof(DateTimeOffset)) return DateTimeOffset.UnixEpoch.AddDays(20_000).AddTicks(7);
            if (type.IsEnum) return Enum.GetValues(type).Cast<object>().Last();
            if (type.IsPrimitive) return Convert.ChangeType(77, type);
            if (type.IsArray)
            {
                var array = Array.CreateInstance(type.GetElementType()!, 2);
                for (var i = 0; i < 2; i++) array.SetValue(Make(type.GetElementType()!, depth + 1), i);
                return array;
            }

            var made = Activator.CreateInstance(type)!;
            if (made is System.Collections.IList list) list.Add(Make(type.GetGenericArguments()[0], depth + 1));
            else if (made is System.Collections.IDictionary map) map.Add(Make(type.GetGenericArguments()[0], depth + 1), Make(type.GetGenericArguments()[1], depth + 1));
            else
            {
                depth.ShouldBeLessThan(6, $"{type} holds itself");
                foreach (var property in type.GetProperties().Where(property => property.CanWrite)) property.SetValue(made, Make(property.PropertyType, depth + 1));
            }

            return made;
        }
    }
}
