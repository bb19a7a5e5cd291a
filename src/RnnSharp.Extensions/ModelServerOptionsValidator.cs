using Microsoft.Extensions.Options;

namespace RnnSharp.Serving;

/// <summary>Checks the options when the application starts.</summary>
internal sealed class ModelServerOptionsValidator : IValidateOptions<ModelServerOptions>
{
    public ValidateOptionsResult Validate(string? name, ModelServerOptions options)
    {
        string? fault = string.IsNullOrEmpty(options.ModelPath) ? $"Expected a {nameof(ModelServerOptions.ModelPath)}, got none." : options.Fault();
        return fault is null ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(fault);
    }
}
