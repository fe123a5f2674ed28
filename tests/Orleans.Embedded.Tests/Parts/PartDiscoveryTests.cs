using System.Reflection;
using System.Reflection.Emit;
using Orleans.Runtime;

namespace Orleans.Tests.Parts;

public sealed class PartDiscoveryTests
{
    [Fact]
    public void AssemblyThatConfiguresASilo_WithoutAReferenceFromTheEntry_IsFound()
    {
        var configure = MethodOfAMarkedAssembly("Orleans.Tests.Far");
        PartDiscovery.MarkedAssemblies().ShouldNotContain(configure.Method.Module.Assembly);
        PartDiscovery.BeginAt(configure);
        PartDiscovery.MarkedAssemblies().ShouldContain(configure.Method.Module.Assembly);
    }

    private static Action MethodOfAMarkedAssembly(string name)
    {
        var assembly = AssemblyBuilder.DefineDynamicAssembly(new AssemblyName(name), AssemblyBuilderAccess.Run);
        assembly.SetCustomAttribute(new CustomAttributeBuilder(typeof(ApplicationPartAttribute).GetConstructor([typeof(string)])!, [name]));
        var type = assembly.DefineDynamicModule(name).DefineType("Program", TypeAttributes.Public);
        type.DefineMethod("Configure", MethodAttributes.Public | MethodAttributes.Static).GetILGenerator().Emit(OpCodes.Ret);
        return type.CreateType().GetMethod("Configure")!.CreateDelegate<Action>();
    }
}
