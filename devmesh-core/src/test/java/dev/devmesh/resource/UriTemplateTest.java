package dev.devmesh.resource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UriTemplateTest {

    /** The values of RFC 6570, sections 1.2 and 3.2. */
    private static final Map<String, String> RFC = Map.ofEntries(
            Map.entry("dom", "example.com"),
            Map.entry("dub", "me/too"),
            Map.entry("hello", "Hello World!"),
            Map.entry("half", "50%"),
            Map.entry("var", "value"),
            Map.entry("who", "fred"),
            Map.entry("base", "http://example.com/home/"),
            Map.entry("path", "/foo/bar"),
            Map.entry("v", "6"),
            Map.entry("x", "1024"),
            Map.entry("y", "768"),
            Map.entry("empty", ""));

    @ParameterizedTest(name = "{0} is {1}")
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
                    {var}|value
                    {hello}|Hello%20World%21
                    {half}|50%25
                    O{empty}X|OX
                    O{undef}X|OX
                    {x,y}|1024,768
                    {x,hello,y}|1024,Hello%20World%21,768
                    ?{x,empty}|?1024,
                    ?{x,undef}|?1024
                    ?{undef,y}|?768
                    map?{x,y}|map?1024,768
                    {+var}|value
                    {+hello}|Hello%20World!
                    {+half}|50%25
                    {base}index|http%3A%2F%2Fexample.com%2Fhome%2Findex
                    {+base}index|http://example.com/home/index
                    O{+empty}X|OX
                    O{+undef}X|OX
                    {+path}/here|/foo/bar/here
                    here?ref={+path}|here?ref=/foo/bar
                    up{+path}{var}/here|up/foo/barvalue/here
                    {+x,hello,y}|1024,Hello%20World!,768
                    {+path,x}/here|/foo/bar,1024/here
                    {#var}|#value
                    {#hello}|#Hello%20World!
                    {#half}|#50%25
                    foo{#empty}|foo#
                    foo{#undef}|foo
                    X{#var}|X#value
                    X{#hello}|X#Hello%20World!
                    {#x,hello,y}|#1024,Hello%20World!,768
                    {#path,x}/here|#/foo/bar,1024/here
                    {.who}|.fred
                    {.who,who}|.fred.fred
                    {.half,who}|.50%25.fred
                    www{.dom}|www.example.com
                    X{.var}|X.value
                    X{.x,y}|X.1024.768
                    X{.empty}|X.
                    X{.undef}|X
                    {/who}|/fred
                    {/who,who}|/fred/fred
                    {/half,who}|/50%25/fred
                    {/who,dub}|/fred/me%2Ftoo
                    {/var}|/value
                    {/var,empty}|/value/
                    {/var,undef}|/value
                    {/var,x}/here|/value/1024/here
                    {;who}|;who=fred
                    {;half}|;half=50%25
                    {;empty}|;empty
                    {;v,empty,who}|;v=6;empty;who=fred
                    {;v,bar,who}|;v=6;who=fred
                    {;x,y}|;x=1024;y=768
                    {;x,y,empty}|;x=1024;y=768;empty
                    {;x,y,undef}|;x=1024;y=768
                    {?who}|?who=fred
                    {?half}|?half=50%25
                    {?x,y}|?x=1024&y=768
                    {?x,y,empty}|?x=1024&y=768&empty=
                    {?x,y,undef}|?x=1024&y=768
                    {&who}|&who=fred
                    {&half}|&half=50%25
                    ?fixed=yes{&x}|?fixed=yes&x=1024
                    {&x,y,empty}|&x=1024&y=768&empty=
                    {&x,y,undef}|&x=1024&y=768
                    """)
    void gapsAreFilledAsTheRfcSays(String template, String expected) {
        assertThat(UriTemplate.parse(template).expand(RFC)).isEqualTo(expected);
    }

    @Test
    void literalsBeyondAsciiArePercentEncoded() {
        UriTemplate template = UriTemplate.parse("farm://höfe/{name}");

        assertThat(template.expand(Map.of("name", "Jürgen 😀")))
                .isEqualTo("farm://h%C3%B6fe/J%C3%BCrgen%20%F0%9F%98%80");
        assertThat(template.match("farm://h%c3%b6fe/J%c3%bcrgen%20%f0%9f%98%80"))
                .contains(Map.of("name", "Jürgen 😀"));
    }

    @Test
    void whatIsEncodedAlreadyStaysSoBehindAPlus() {
        assertThat(UriTemplate.parse("{+a}{b}").expand(Map.of("a", "x%20y%zz", "b", "x%20y")))
                .isEqualTo("x%20y%25zzx%2520y");
    }

    @ParameterizedTest(name = "{0} of {1}")
    @CsvSource(delimiter = '|', nullValues = "-", textBlock = """
                    farm://build/{id}|farm://build/7|id=7
                    farm://build/{id}|farm://build/a%20b|id=a b
                    farm://build/{id}|farm://build/|-
                    farm://build/{id}|farm://build/7/log|-
                    farm://build/{id}|farm://build/7?x=1|-
                    farm://build/{id}|FARM://build/7|-
                    farm://build/{id}/log|farm://build/7/log|id=7
                    file:///{+path}|file:///a/b/c.txt|path=a/b/c.txt
                    {+path}/{name}|a/b/c|path=a/b;name=c
                    {a}-{b}|x-y-z|a=x-y;b=z
                    doc://{+page}{#part}|doc://a/b#c/d|page=a/b;part=c/d
                    doc://{page}{#part}|doc://a#c/d|page=a;part=c/d
                    geo:{lat,lon}|geo:48.2,16.3|lat=48.2;lon=16.3
                    x:{/a,b}|x:/1/2|a=1;b=2
                    x:{/a,b}|x:/1|-
                    x:{a}{.b}|x:1.2.3|a=1.2;b=3
                    q:s{?a,b}|q:s|''
                    q:s{?a,b}|q:s?a=1|a=1
                    q:s{?a,b}|q:s?b=2|b=2
                    q:s{?a,b}|q:s?a=1&b=|a=1;b=
                    q:s{?a,b}|q:s&a=1|-
                    q:s{?a,b}|q:s?a=1?b=2|-
                    q:s{?a,b}|q:s?c=1|-
                    q:s?f=1{&a}|q:s?f=1&a=2|a=2
                    q:s{;a,b}|q:s;a;b=2|a=;b=2
                    """)
    void anAddressIsTakenApart(String template, String uri, String values) {
        var expected = values == null ? null : new HashMap<String, String>();
        if (expected != null && !values.isEmpty()) {
            for (String pair : values.split(";")) {
                expected.put(pair.substring(0, pair.indexOf('=')), pair.substring(pair.indexOf('=') + 1));
            }
        }

        var found = UriTemplate.parse(template).match(uri);

        assertThat(found.isPresent()).as("%s", found).isEqualTo(expected != null);
        assertThat(found.orElse(null)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "..",
                ".",
                "%2e%2e",
                "%2E.",
                "a%2Fb",
                "..%2f..%2Fetc%2Fpasswd",
                "..%5Cboot.ini",
                "a%5cb",
                "%00",
                "a%0Ab",
                "%7f",
                "%C3",
                "%c0%ae%c0%ae",
                "%ED%A0%80",
                "%zz",
                "%2",
                "a/../b",
                "ä",
                "a b"
            })
    void noValueBreaksOutOfItsPlace(String value) {
        assertThat(UriTemplate.parse("file:///data/{name}").match("file:///data/" + value))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"../x", "a/../../x", "a/..", "./a", "%2e%2e/x", "a/%2E%2E%2Fx", "a%5C..%5Cb", "a/%00", ".."})
    void noPathWalksUp(String path) {
        assertThat(UriTemplate.parse("file:///data/{+path}").match("file:///data/" + path))
                .isEmpty();
    }

    @Test
    void dotsWithinANameAreNoSegments() {
        assertThat(UriTemplate.parse("file:///{+path}").match("file:///a..b/...c/.hidden"))
                .contains(Map.of("path", "a..b/...c/.hidden"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{", "a{b", "a}b", "{}", "{+}", "{a,}", "{ a}", "{a b}", "{=a}", "{|a}", "{a.}", "{a:3}", "{a*}", "a b",
                "%zz", "<x>"
            })
    void whatIsNoTemplateIsRefused(String template) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> UriTemplate.parse(template))
                .withMessageContaining(template);
    }

    @ParameterizedTest
    @ValueSource(strings = {"x:{a}{b}", "x:{+a}{b}", "x:{+a}{/b}", "x:{a}{+b}", "x:{?q}{a}", "x:{#a}{?q}"})
    void aTemplateThatCanBeReadInTwoWaysIsRefusedAsAResource(String template) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ResourceTemplate.at(template))
                .withMessageContaining("ambiguous");
    }

    @Test
    void matchingTakesTimeLinearInTheAddress() {
        UriTemplate template = UriTemplate.parse("x:{a}-{b}-{c}-{d}-{e}-{f}-{g}-{h}!");
        String long2000 = "x:" + "-".repeat(2_000);

        long began = System.nanoTime();
        for (int i = 0; i < 50; i++) {
            assertThat(template.match(long2000)).isEmpty();
        }

        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(5));
    }

    @Test
    void anAddressThatIsTooLongNeverMatches() {
        assertThat(UriTemplate.parse("x:{a}").match("x:" + "a".repeat(2_046))).isPresent();
        assertThat(UriTemplate.parse("x:{a}").match("x:" + "a".repeat(2_047))).isEmpty();
        assertThatIllegalArgumentException().isThrownBy(() -> UriTemplate.parse("x".repeat(2_049)));
    }
}
