namespace Orleans.Runtime;

/// <summary>Turns what a grain method returns into a boxed result, and a boxed response into what the caller awaits.</summary>
internal abstract class ReturnShape
{
    public virtual Type? ResultType => null;

    public static ReturnShape Of(Type type)
    {
        if (!type.IsGenericType) return new OfTask(isValueTask: type == typeof(ValueTask));
        var isValueTask = type.GetGenericTypeDefinition() == typeof(ValueTask<>);
        return (ReturnShape)Activator.CreateInstance(typeof(OfTask<>).MakeGenericType(type.GetGenericArguments()), [isValueTask])!;
    }

    /// <summary>Whether a grain method may return <paramref name="type"/>.</summary>
    public static bool Allows(Type type) => type == typeof(Task) || type == typeof(ValueTask)
        || (type.IsGenericType && (type.GetGenericTypeDefinition() == typeof(Task<>) || type.GetGenericTypeDefinition() == typeof(ValueTask<>)));

    /// <summary>Runs in the callee's turn.</summary>
    public abstract ValueTask<object?> Collect(object returned);

    public abstract object Wrap(Task<object?> response);

    private static async Task<T> Unbox<T>(Task<object?> response) => (T)(await response.ConfigureAwait(false))!;

    private sealed class OfTask(bool isValueTask) : ReturnShape
    {
        public override async ValueTask<object?> Collect(object returned)
        {
            await (isValueTask ? ((ValueTask)returned).AsTask() : (Task)returned).ConfigureAwait(true);
            return null;
        }

        public override object Wrap(Task<object?> response) => isValueTask ? new ValueTask(response) : response;
    }

    private sealed class OfTask<T>(bool isValueTask) : ReturnShape
    {
        public override Type ResultType => typeof(T);

        public override async ValueTask<object?> Collect(object returned) =>
            await (isValueTask ? ((ValueTask<T>)returned).AsTask() : (Task<T>)returned).ConfigureAwait(true);

        public override object Wrap(Task<object?> response) => isValueTask ? new ValueTask<T>(Unbox<T>(response)) : Unbox<T>(response);
    }
}
