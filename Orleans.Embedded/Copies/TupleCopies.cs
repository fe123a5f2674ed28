using System.Runtime.CompilerServices;

namespace Orleans.Runtime;

/// <summary>Copies of tuples and value tuples of any length.</summary>
internal static class TupleCopies
{
    public static Copier.CopyObject Make(Type type)
    {
        var constructor = type.GetConstructors().Single();
        var length = constructor.GetParameters().Length;
        return (original, context) =>
        {
            var items = new object?[length];
            var tuple = (ITuple)original;
            for (var i = 0; i < length && i < 7; i++) items[i] = Copier.Copy(tuple[i], context);
            if (length == 8) items[7] = Copier.Copy(Rest(type, original), context);
            return constructor.Invoke(items);
        };
    }

    private static object? Rest(Type type, object original) =>
        type.IsValueType ? type.GetField("Rest")!.GetValue(original) : type.GetProperty("Rest")!.GetValue(original);
}
