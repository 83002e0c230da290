package dev.devmesh.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Every Java block of the README and of docs/ compiles, as the body of a method, against what users have. */
class DocumentationTest {

    private static final Pattern BLOCK = Pattern.compile("^```java\\n(.*?)^```", Pattern.DOTALL | Pattern.MULTILINE);

    private static final String FRAME = """
            import dev.devmesh.*;
            import dev.devmesh.auth.*;
            import dev.devmesh.call.*;
            import dev.devmesh.client.*;
            import dev.devmesh.completion.*;
            import dev.devmesh.content.*;
            import dev.devmesh.cluster.*;
            import dev.devmesh.context.*;
            import dev.devmesh.embedding.*;
            import dev.devmesh.inmemory.*;
            import dev.devmesh.netty.*;
            import dev.devmesh.netty.testing.*;
            import dev.devmesh.outbound.*;
            import dev.devmesh.postgres.*;
            import dev.devmesh.prompt.*;
            import dev.devmesh.question.*;
            import dev.devmesh.queue.*;
            import dev.devmesh.resource.*;
            import dev.devmesh.schema.*;
            import dev.devmesh.stdio.*;
            import dev.devmesh.task.Task;
            import dev.devmesh.token.*;
            import dev.devmesh.tool.*;
            import java.net.*;
            import java.time.*;
            import java.util.*;
            import java.util.concurrent.*;
            class Block { static void run() throws Exception {
            %s
            } }
            """;

    @TempDir
    Path classes;

    @TestFactory
    Stream<DynamicTest> javaBlocksCompile() throws IOException {
        Path root = Path.of(System.getProperty("devmesh.root", "..")).toRealPath();
        List<Path> pages = new ArrayList<>(List.of(root.resolve("README.md")));
        try (Stream<Path> docs = Files.walk(root.resolve("docs"))) {
            docs.filter(page -> page.toString().endsWith(".md")).sorted().forEach(pages::add);
        }
        List<DynamicTest> tests = new ArrayList<>();
        for (Path page : pages) {
            String text = Files.readString(page);
            Matcher block = BLOCK.matcher(text);
            while (block.find()) {
                String code = block.group(1);
                long line = text.substring(0, block.start()).lines().count() + 1;
                tests.add(DynamicTest.dynamicTest(
                        root.relativize(page) + " line " + line,
                        () -> assertThat(problems(code)).isEmpty()));
            }
        }
        assertThat(tests).as("Java blocks in the documentation").hasSizeGreaterThan(5);
        return tests.stream();
    }

    private String problems(String code) {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter output = new StringWriter();
        JavaFileObject source = new SimpleJavaFileObject(Path.of("Block.java").toUri(), JavaFileObject.Kind.SOURCE) {
            @Override
            public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                return FRAME.formatted(code);
            }

            @Override
            public boolean isNameCompatible(String simpleName, Kind kind) {
                return true;
            }
        };
        List<String> options = List.of(
                "--release",
                "17",
                "-proc:none",
                "-d",
                classes.toString(),
                "-cp",
                System.getProperty("java.class.path"));
        boolean compiled = compiler.getTask(output, null, null, options, null, List.of(source))
                .call();
        return compiled ? "" : output.toString();
    }
}
