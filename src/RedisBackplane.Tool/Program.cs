using System.Text;
using RedisBackplane.Tool;

try
{
    // Whatever the console's code page or the locale is: another encoding would write ? for what it does not have, also
    // into a file.
    Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
}
catch (IOException)
{
    // There is no console.
}

return await ToolProgram.RunAsync(args, Console.Out, Console.Error);
