using System.Reflection;
using Orleans.Runtime;

namespace Orleans
{
    /// <summary>A grain call on its way.</summary>
    public interface IGrainCallContext
    {
        /// <summary>The grain that is called.</summary>
        object Grain { get; }

        /// <summary>Its identity.</summary>
        GrainId TargetId { get; }

        /// <summary>The method of the interface.</summary>
        MethodInfo InterfaceMethod { get; }

        /// <summary>The name of the method.</summary>
        string MethodName { get; }

        /// <summary>What the method returned, once it was invoked.</summary>
        object? Result { get; set; }

        /// <summary>Goes on to the next filter, or to the method.</summary>
        Task Invoke();
    }

    /// <summary>A grain call that arrives.</summary>
    public interface IIncomingGrainCallContext : IGrainCallContext
    {
        /// <summary>The method of the class.</summary>
        MethodInfo ImplementationMethod { get; }
    }

    /// <summary>Stands before the grains of a silo, or of one class when the grain implements it.</summary>
    public interface IIncomingGrainCallFilter
    {
        /// <summary>Does what is to be done around <see cref="IGrainCallContext.Invoke"/>.</summary>
        Task Invoke(IIncomingGrainCallContext context);
    }

    /// <summary>An <see cref="IIncomingGrainCallFilter"/> as a delegate.</summary>
    public delegate Task IncomingGrainCallFilterDelegate(IIncomingGrainCallContext context);
}

namespace Orleans.Runtime
{
    internal sealed class DelegateCallFilter(IncomingGrainCallFilterDelegate filter) : IIncomingGrainCallFilter
    {
        public Task Invoke(IIncomingGrainCallContext context) => filter(context);
    }

    internal sealed class IncomingCallContext(Activation activation, MethodCall call, IIncomingGrainCallFilter[] filters) : IIncomingGrainCallContext
    {
        private int _next;

        public object Grain => activation.GrainInstance!;

        public GrainId TargetId => call.Target;

        public MethodInfo InterfaceMethod => call.Method.Method;

        public string MethodName => call.Method.Method.Name;

        public object? Result { get; set; }

        public MethodInfo ImplementationMethod
        {
            get
            {
                var map = Grain.GetType().GetInterfaceMap(InterfaceMethod.DeclaringType!);
                return map.TargetMethods[Array.IndexOf(map.InterfaceMethods, InterfaceMethod)];
            }
        }

        public async ValueTask<object?> RunAsync()
        {
            await Invoke().ConfigureAwait(true);
            return Result;
        }

        public async Task Invoke()
        {
            var position = _next++;
            if (position < filters.Length) await filters[position].Invoke(this).ConfigureAwait(true);
            else if (position == filters.Length && Grain is IIncomingGrainCallFilter own) await own.Invoke(this).ConfigureAwait(true);
            else Result = await call.InvokeMethodAsync(Grain).ConfigureAwait(true);
        }
    }
}
