namespace RedisBackplane.AspNetCore.Tests.Hubs.Dispatch;

/// <summary>Calls of <see cref="TestHubs.OddHub"/> as no client library sends them, and as all do.</summary>
internal static class OddCalls
{
    private static readonly string[] Calls =
    [
        // What a method changes in its thread ends with the call.
        Call("SetCulture", "\"de-DE\""), Call("Culture", string.Empty),

        // Values of every kind.
        .. Values("Echo", "\"text\"", "\"\"", "null", "5", "1.50", "true", "{}", "[]", "\"grüße ✓ 😀\"",
            """ "a\tb\n\"q\" \\ \/ \u00e4 \ud83d\ude00" """,
            "\"2020-01-02T03:04:05Z\"", "\"2020-01-02T03:04:05.1230000+02:00\"", "\"/Date(1000)/\"", "\"2020-01-02T99\"", "'single'",
            "\"\\ud800\"", "\"1234567890T\"", "undefined", "NaN", "\"2020-13-45T99:99:99Z\"", "\"/x\"", "\" \\u0000 \""),
        .. Values("EchoAny", "\"text\"", "1", "1.0", "1.10", "12.5", "-0", "-0.0", "1e3", "1E+3", "12345678901234567890",
            "123456789012345678",
            "0.1234567890123456789", "null", "true", """{"a":1.5,"b":[1,2,{"c":"x"}],"d":"2020-01-02T03:04:05Z"}""", """{"a":12.50}""",
            """[1,"2",null,true,{"$ref":"1"}]""", """{"$id":"1","a":2}""", """{"a":1,"a":2}""", "0x1F", "010", "Infinity", "+1",
            "\"2020-01-02T03:04:05\"", """{"\u0061":"\u0062"}""", """{ "a" : [ 1 , 2 ] }""", "[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]",
            "[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]"),
        .. Values("TakeLong", "1", "9223372036854775807", "9223372036854775808", "1.5", "\"7\"", "null", "-5", "true"),
        .. Values("TakeDouble", "1", "1.5", "1.50", "1e400", "\"1.5\"", "null", "NaN", "123456789012345678901234567890", "0.1", "\"x\""),
        .. Values("TakeFloat", "1.1", "16777217", "3.5", "1e39"),
        .. Values("TakeDecimal", "1.50", "1", "0.1234567890123456789", "79228162514264337593543950336", "\"1.50\"", "12.5", "null"),
        .. Values("Not", "true", "false", "1", "\"true\"", "\"yes\"", "null"),
        .. Values("Maybe", "null", "true", "0"),
        .. Values("Number", "null", "5", "2147483648", "\"5\"", "5.0", "5.5"),
        .. Values("Letter", "\"x\"", "\"xy\"", "65", "null"),
        .. Values("Bytes", "\"AQID\"", "\"%\"", "[1,2,3]", "null"),
        .. Values("Date", "\"2020-01-02T03:04:05Z\"", "\"2020-01-02\"", "\"02.01.2020\"", "5", "\"/Date(1000+0200)/\"", "null"),
        .. Values("Offset", "\"2020-01-02T03:04:05+05:00\"", "\"2020-01-02T03:04:05\""),
        .. Values("TakeGuid", "\"0f8fad5b-d9cb-469f-a165-70867728950e\"", "\"no\"", "1"),
        .. Values("Span", "\"01:02:03\"", "5"),
        .. Values("Day", "1", "\"Friday\"", "\"friday\"", "\"Noday\"", "99"),
        .. Values("Uri", "\"http://a/b?c=d\"", "\"not a uri\""),
        .. Values("Numbers", "[1,2,3]", "[]", "null", "[1,\"2\",3.0]", "[1,\"x\"]", "{}", "5"),
        .. Values("Texts", """["a","b\n",null,"2020-01-02T03:04:05.10Z"]""", "\"a\""),
        .. Values("Prices", """{"a":1.50,"b":2}""", """{"a":"x"}""", "null"),
        .. Values("Point", """{"X":1.5,"Y":2.50,"Name":"n"}""", """{"x":1,"y":2,"name":"n","other":[{}]}""",
            """{"X":1.5,"Y":2.5,"Name":"2020-01-02T03:04:05.100Z","At":"2020-01-02T03:04:05.100Z"}""",
            """{"Next":[{"X":1},{"X":"wrong"}]}""",
            """{"Name":5}""", """{"X":null}""", "null", "[]", "\"x\""),
        .. Values("Token", "1.50", "{\"a\":[1.10]}", "null", "\"x\"", "[1,2]"),
        .. Values("TakeObject", "{\"a\":1}", "[1]", "null", "5"),
        .. Values("Dynamic", "{\"a\":1}", "5"),
        Call("Many", "1,\"two\",true,4.5,{\"Name\":\"five\"}"), Call("Many", "1,\"two\",true,4.5"), Call("Many", "\"x\",2,3,4,5"),

        // Names and numbers of arguments.
        Call("Add", "1,2"), Call("add", "1,2"), Call("ADD", "2147483647,1"), Call("Add", "1"), Call("Add", "1,2,3"), Call("Add", ""),
        Call("Add", "\"1\",2"), Call("Add", "1.0,2"), Call("Add", "1.5,2"), Call("Add", "null,2"), Call("Add", "99999999999,2"),
        Call("Optional", "\"a\""), Call("Optional", "\"a\",\"b\""), Call("Params", "\"a\""), Call("Params", "[\"a\",\"b\"]"),
        Call("Params", "\"a\",\"b\""), Call("Over", "1"), Call("Over", "1,2"), Call("Over", ""), Call("Same", "1"), Call("Same", "\"1\""),
        Call("renamed", ""), Call("Original", ""), Call("Missing", ""), Call("Missing", "1"), Call("", ""), Call("Echo\\u0020", "\"x\""),
        Call("\\u0045cho", "\"x\""), Call("ToString", ""), Call("Dispose", ""), Call("OnConnected", ""), Call("get_Context", ""),
        Call("Echo`1", "1"), Call("Work", "3"), Call("Work", "\"x\""), Call("{0}", ""), Call("ünï", ""),

        // Results and failures.
        .. new[]
        {
            "Void", "NoText", "Anonymous", "Lazily", "Done", "Later", "TextDone", "Hidden", "TaskAsObject", "Boxed", "NullableLater",
            "Value", "NullTask", "NullTaskOfText", "Cancelled", "CancelledNumber", "CancelledLater", "ThrowCancelled", "ThrowMany",
            "ThrowHub", "ThrowHubAlone", "ThrowWrapped", "ThrowHubLater", "FailedTwice", "FailedText", "Recall", "Count",
            "Secret", "Context1",
        }.Select(method => Call(method, "")),
        .. Enumerable.Range(0, 12).Select(which => Call("Primitive", $"{which}")),
        Call("TextLater", "\"later\""), Call("Throw", "\"why {0}\""), Call("Throw", "null"),

        // State, and messages to clients.
        Call("Remember", "\"x\""), Call("Recall", "", ",\"S\":{\"remembered\":\"y\"}"), Call("Recall", "", ",\"S\":{}"),
        Call("Recall", "", ",\"S\":null"), Call("Count", "", ",\"S\":{\"count\":4}"), Call("Remember", "\"z\"",
        ",\"S\":{\"remembered\":\"z\"}"),
        Call("Count", "", ",\"S\":{\"a\":[1,{\"b\":2}]}"), Call("Echo", "\"s\"", ",\"S\":[]"), Call("Echo", "\"s\"", ",\"S\":5"),
        Call("Echo", "\"s\"", ",\"S\":{},\"S\":{}"),
        Call("Call", "\"call\""), Call("All", "\"all\""), Call("Others", "\"others\""), Call("Self", "\"self\""),
        Call("NotSelf", "\"not\""),
        Call("Group", "\"g\",\"in\""),

        // Envelopes.
        """{"H":"odd","M":"Ping","A":[],"I":5}""", """{"H":"odd","M":"Ping","A":[],"I":-5}""", """{"H":"odd","M":"Ping","A":[],"I":1.50}""",
        """{"H":"odd","M":"Ping","A":[],"I":05}""", """{"H":"odd","M":"Ping","A":[],"I":null}""", """{"H":"odd","M":"Ping","A":[]}""",
        """{"H":"odd","M":"Ping","A":[],"I":true}""", """{"H":"odd","M":"Ping","A":[],"I":""}""",
        """{"H":"odd","M":"Ping","A":[],"I":{}}""",
        """{"H":"odd","M":"Ping","A":[],"I":"a\"b\\c\u2028ü<"}""", """{"H":"odd","M":"Ping","A":[],"I":"2020-01-02T03:04:05.100Z"}""",
        """{"H":"odd","M":"Ping","A":[],"I":12345678901234567890}""", """{"H":"odd","M":"Ping","A":[],"I":0}""",
        """{"h":"odd","m":"Ping","a":[],"i":"lower"}""", """{'H':'odd','M':'Ping','A':[],'I':'single'}""",
        """{H:"odd",M:"Ping",A:[],I:"bare"}""", """{"H":"odd","M":"Ping","A":[],"I":"comment"/* here */}""",
        """{"H":"odd","M":"Ping","A":[],"I":"after"} trailing""",
        """{"H":"odd","M":"Ping","A":[],"I":"two"}{"H":"odd","M":"Ping","A":[],"I":"three"}""",
        """ { "I" : "spaces" , "A" : [ ] , "M" : "Ping" , "H" : "odd" } """, """{"H":"odd","M":"Ping","A":null,"I":"no array"}""",
        """{"H":"odd","M":"Ping","I":"missing array"}""", """{"H":"odd","M":"Ping","A":{},"I":"object"}""",
        """{"H":"odd","M":"Ping","A":[],"I":"x","Z":1}""",
        """{"H":"odd","M":"Ping","M":"Done","A":[],"I":"double"}""", """{"H":"ODD","M":"Ping","A":[],"I":"case"}""",
        """{"H":"OddHub","M":"Ping","A":[],"I":"type"}""", """{"H":"nohub","M":"Ping","A":[],"I":"no hub"}""",
        """{"H":"","M":"Ping","A":[],"I":"empty hub"}""",
        """{"H":null,"M":"Ping","A":[],"I":"null hub"}""", """{"H":5,"M":"Ping","A":[],"I":"number hub"}""",
        """{"M":"Ping","A":[],"I":"without hub"}""",
        """{"H":"odd","A":[],"I":"without method"}""", """{"H":"odd","M":null,"A":[],"I":"null method"}""",
        """{"H":"odd","M":"Ping","A":[,],"I":"commas"}""",
        """{"H":"odd","M":"Echo","A":["x",],"I":"trailing comma"}""", """{"H":"odd","M":"Echo","A":["x"],"I":"comma",}""",
        """{"H":"odd","M":"Ping","A":[],"I":"P","P":1}""", """{"\u0048":"odd","M":"Ping","A":[],"I":"escaped key"}""",
        """{"H":"odd","M":"Many","A":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18],"I":"many"}""",
        "{}", "[]", "null", "5", "\"text\"", "", " ", "{", "}", "nonsense", "{\"H\":",
        "\ufeff{\"H\":\"odd\",\"M\":\"Ping\",\"A\":[],\"I\":\"bom\"}",
    ];

    private static int s_id;

    /// <summary>Every call with an id of its own.</summary>
    public static IReadOnlyList<string> All => Calls;

    public static string Call(string method, string arguments, string more = "")
    {
        var id = $"{method.Replace('\\', '-')}-{++s_id}";
        return $$"""{"H":"odd","M":"{{method}}","A":[{{arguments}}],"I":"{{id}}"{{more}}}""";
    }

    private static IEnumerable<string> Values(string method, params string[] values) => values.Select(value => Call(method, value));
}
