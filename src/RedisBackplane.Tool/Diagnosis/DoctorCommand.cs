using System.CommandLine;
using RedisBackplane.Tool.Farms;
using RedisBackplane.Tool.Output;
using Spectre.Console;

namespace RedisBackplane.Tool.Diagnosis;

/// <summary><c>doctor</c>: checks whether a Redis suits the bus.</summary>
internal static class DoctorCommand
{
    public static Command Create(TextWriter output, TextWriter error)
    {
        var json = Screen.JsonOption("one JSON object a line for each check");
        var command = new Command("doctor", "Examines a Redis for the bus, and says what to change and why. Writes nothing.") { json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var farm = FarmOptions.ReadFarm(parsed);
            var screen = new Screen(output, error, parsed.GetValue(json));
            await using var connection = await farm.ConnectAsync();
            var patient = await Patient.AdmitAsync(farm, connection);
            if (!screen.IsJson)
            {
                screen.WriteLine($"Redis at {farm.Servers}, farm '{farm.AppName}'");
            }

            var findings = new List<Finding>();
            await foreach (var finding in Doctor.ExamineAsync(patient, cancellationToken))
            {
                findings.Add(finding);
                Write(screen, finding);
            }

            var problems = findings.Count(finding => finding.Verdict == Verdict.Problem);
            if (!screen.IsJson)
            {
                screen.WriteLine(
                    $"{findings.Count(finding => finding.Verdict == Verdict.Good)} good, "
                    + $"{findings.Count(finding => finding.Verdict == Verdict.Advice)} to consider, "
                    + $"{problems} {(problems == 1 ? "problem" : "problems")}, "
                    + $"{findings.Count(finding => finding.Verdict == Verdict.Unknown)} unknown.");
            }

            return problems > 0 ? ExitCodes.NotWell : ExitCodes.Ok;
        });
        return command;
    }

    private static void Write(Screen screen, Finding finding)
    {
        if (screen.IsJson)
        {
            screen.WriteJson(finding);
            return;
        }

        var (mark, colour) = finding.Verdict switch
        {
            Verdict.Good => ("ok     ", Color.Green),
            Verdict.Advice => ("advice ", Color.Olive),
            Verdict.Problem => ("PROBLEM", Color.Red),
            _ => ("unknown", Color.Grey),
        };
        screen.WriteLine(
            ("  " + mark, new Style(colour)),
            ("  " + finding.Check.PadRight(24), new Style(decoration: Decoration.Bold)),
            (finding.Found, null));
        if (finding.Advice is { } advice)
        {
            screen.WriteIndented(advice, left: 11, new Style(Color.Grey));
        }
    }
}
