using System.Reflection;
using Microsoft.Extensions.DependencyInjection;

namespace RedisBackplane.AspNetCore.Services;

/// <summary>
/// Creates objects of a class with several constructors. It takes the constructor with the most parameters for which
/// there are services or default values. The parameterless one is used if no other can be satisfied.
/// </summary>
internal sealed class ConstructorChoice(IServiceProviderIsService known)
{
    /// <summary>Chooses the constructor of a class.</summary>
    /// <exception cref="InvalidOperationException">
    /// None of its public constructors can be satisfied; the message says why.
    /// </exception>
    public Func<IServiceProvider, object> For(Type type)
    {
        var constructors = type.GetConstructors()
            .OrderByDescending(constructor => constructor.IsDefined(typeof(ActivatorUtilitiesConstructorAttribute), inherit: false))
            .ThenByDescending(constructor => constructor.GetParameters().Length)
            .ToList();
        var chosen = constructors.Find(constructor => constructor.GetParameters().All(CanSatisfy))
            ?? throw new InvalidOperationException(Describe(type, constructors));
        var invoker = ConstructorInvoker.Create(chosen);
        var arguments = chosen.GetParameters().Select(Argument).ToArray();
        return arguments.Length == 0
            ? _ => invoker.Invoke()
            : services => invoker.Invoke(Array.ConvertAll(arguments, argument => argument(services)).AsSpan());
    }

    private bool CanSatisfy(ParameterInfo parameter) => IsService(parameter) || parameter.HasDefaultValue;

    private bool IsService(ParameterInfo parameter) => parameter.GetCustomAttribute<FromKeyedServicesAttribute>() is { } keyed
        ? known is IServiceProviderIsKeyedService keys && keys.IsKeyedService(parameter.ParameterType, keyed.Key)
        : known.IsService(parameter.ParameterType);

    private Func<IServiceProvider, object?> Argument(ParameterInfo parameter)
    {
        if (!IsService(parameter))
        {
            var value = DefaultOf(parameter);
            return _ => value;
        }

        var type = parameter.ParameterType;
        return parameter.GetCustomAttribute<FromKeyedServicesAttribute>() is { } keyed
            ? services => services.GetRequiredKeyedService(type, keyed.Key)
            : services => services.GetRequiredService(type);
    }

    // For a nullable enum, reflection returns the number.
    private static object? DefaultOf(ParameterInfo parameter) =>
        parameter.DefaultValue is { } value && Nullable.GetUnderlyingType(parameter.ParameterType) is { IsEnum: true } type
            ? Enum.ToObject(type, value)
            : parameter.DefaultValue;

    private string Describe(Type type, List<ConstructorInfo> constructors)
    {
        if (constructors.Count == 0)
        {
            return $"{type} has no public constructor.";
        }

        var missing = constructors.Select(constructor =>
        {
            var types = string.Join(", ", constructor.GetParameters().Where(parameter => !CanSatisfy(parameter))
                .Select(parameter => parameter.ParameterType.ToString()));
            return $"the one with {constructor.GetParameters().Length} parameter(s) needs {types}";
        });
        return $"None of the public constructors of {type} can be satisfied by the application's services: {string.Join("; ", missing)}. "
            + "Register what is missing, or add a constructor without parameters.";
    }
}
