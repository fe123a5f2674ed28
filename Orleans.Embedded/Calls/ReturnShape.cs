namespace Orleans.Runtime;

/// <summary>Turns what a grain method returns into a boxed result, and a boxed response into what the caller awaits.</summary>
internal abstract class ReturnShape
{
    public virtual Type? ResultType => null;

    public static ReturnShape Of(Type type)
    {
        if (type == typeof(Task)) return new OfTask();
        if (type == typeof(ValueTask)) return new OfValueTask();
        var shape = type.GetGenericTypeDefinition() == typeof(Task<>) ? typeof(OfTask<>) : typeof(OfValueTask<>);
        return (ReturnShape)Activator.CreateInstance(shape.MakeGenericType(type.GetGenericArguments()))!;
    }

    /// <summary>Whether a grain method may return <paramref name="type"/>.</summary>
    public static bool Allows(Type type) => type == typeof(Task) || type == typeof(ValueTask)
        || (type.IsGenericType && (type.GetGenericTypeDefinition() == typeof(Task<>) || type.GetGenericTypeDefinition() == typeof(ValueTask<>)));

    /// <summary>Runs in the callee's turn.</summary>
    public abstract ValueTask<object?> Collect(object returned);

    public abstract object Wrap(Task<object?> response);

    private static async Task<T> Unbox<T>(Task<object?> response) => (T)(await response.ConfigureAwait(false))!;

    private sealed class OfTask : ReturnShape
    {
        public override async ValueTask<object?> Collect(object returned)
        {
            await ((Task)returned).ConfigureAwait(true);
            return null;
        }

        public override object Wrap(Task<object?> response) => response;
    }

    private sealed class OfValueTask : ReturnShape
    {
        public override async ValueTask<object?> Collect(object returned)
        {
            await ((ValueTask)returned).ConfigureAwait(true);
            return null;
        }

        public override object Wrap(Task<object?> response) => new ValueTask(response);
    }

    private sealed class OfTask<T> : ReturnShape
    {
        public override Type ResultType => typeof(T);

        public override async ValueTask<object?> Collect(object returned) => await ((Task<T>)returned).ConfigureAwait(true);

        public override object Wrap(Task<object?> response) => Unbox<T>(response);
    }

    private sealed class OfValueTask<T> : ReturnShape
    {
        public override Type ResultType => typeof(T);

        public override async ValueTask<object?> Collect(object returned) => await ((ValueTask<T>)returned).ConfigureAwait(true);

        public override object Wrap(Task<object?> response) => new ValueTask<T>(Unbox<T>(response));
    }
}
