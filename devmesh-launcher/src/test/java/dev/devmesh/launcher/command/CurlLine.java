package dev.devmesh.launcher.command;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Does what a {@code curl} line of the banner says, on machines without curl too. Knows only what the banner uses. */
final class CurlLine {

    private CurlLine() {}

    /** The response to the one curl line in the text, with variables from the environment. */
    static HttpResponse<String> run(String text, Map<String, String> environment)
            throws IOException, InterruptedException {
        String line = text.lines()
                .map(String::strip)
                .filter(candidate -> candidate.startsWith("curl "))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no curl line in: " + text));
        List<String> words = words(line, environment);
        HttpRequest.Builder request = HttpRequest.newBuilder();
        for (int i = 1; i < words.size(); i++) {
            switch (words.get(i)) {
                case "-s" -> {}
                case "-H" -> {
                    String[] header = words.get(++i).split(": ", 2);
                    request.header(header[0], header[1]);
                }
                case "-d" -> request.POST(HttpRequest.BodyPublishers.ofString(words.get(++i)));
                default -> request.uri(URI.create(words.get(i)));
            }
        }
        return HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private static List<String> words(String line, Map<String, String> environment) {
        List<String> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        char quote = 0;
        for (char c : line.toCharArray()) {
            if (quote == 0 && (c == '\'' || c == '"')) {
                quote = c;
            } else if (c == quote) {
                String closed = word.toString();
                if (quote == '"') {
                    for (Map.Entry<String, String> variable : environment.entrySet()) {
                        closed = closed.replace("$" + variable.getKey(), variable.getValue());
                    }
                }
                word = new StringBuilder(closed);
                quote = 0;
            } else if (c == ' ' && quote == 0) {
                words.add(word.toString());
                word.setLength(0);
            } else {
                word.append(c);
            }
        }
        words.add(word.toString());
        return words;
    }
}
