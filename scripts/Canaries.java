import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32;

/**
 * Looks for credentials in what tests and servers wrote. Keys are told by their check digits, so that a made-up one in a test's name is
 * none; the others by their form, or by the list of those that tests use. Says the file, the line and the kind, never the credential.
 *
 * <p>java Canaries.java LIST ROOT...: exits with 0 if there is none, with 1 if there are some, with 2 if there was nothing to look at.
 */
final class Canaries {

    private static final Pattern KEY = Pattern.compile("dmk_[a-z]{1,16}_[0-9A-Za-z]{30}_[0-9A-Za-z]{6}");
    private static final Pattern REFRESH = Pattern.compile("dmr_[A-Za-z0-9_-]{43}");
    private static final Pattern JWT = Pattern.compile("(eyJ[A-Za-z0-9_-]{5,})\\.[A-Za-z0-9_-]{5,}\\.[A-Za-z0-9_-]{5,}");
    /** Not the sentence that says how a file with one must look. */
    private static final Pattern PRIVATE_KEY = Pattern.compile("-----BEGIN [A-Z ]*PRIVATE KEY-----(?! and its end)");
    private static final String DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    /** Where reports and logs are. */
    private static final Set<String> FOLDERS = Set.of(
            "surefire-reports", "surefire-reports-jdk25", "failsafe-reports", "failsafe-reports-jdk25", "server-logs", ".cache");

    /** What is large, old or not written by tests. */
    private static final Set<String> SKIPPED = Set.of("pgvector", "node_modules", "npm", ".git", "src");

    private static final int MOST_SHOWN = 50;

    private final List<String> fixed;
    private int files;
    private long lines;
    private int found;

    private Canaries(List<String> fixed) {
        this.fixed = fixed;
    }

    public static void main(String[] args) throws IOException {
        List<String> fixed = new ArrayList<>();
        for (String line : Files.readAllLines(Path.of(args[0]))) {
            if (!line.isBlank() && !line.startsWith("#")) {
                fixed.add(line.strip());
            }
        }
        Canaries canaries = new Canaries(fixed);
        canaries.proveThatItFinds();
        for (int i = 1; i < args.length; i++) {
            canaries.search(Path.of(args[i]));
        }
        System.out.println("canaries: " + canaries.found + " credentials in " + canaries.files + " files with " + canaries.lines
                + " lines of reports and logs");
        System.exit(canaries.found > 0 ? 1 : canaries.files == 0 ? 2 : 0);
    }

    /** A search that finds nothing in anything would find nothing here. */
    private void proveThatItFinds() {
        String body = "dmk_live_" + "0".repeat(30);
        String header = Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString("{\"alg\":\"HS256\"}".getBytes(StandardCharsets.UTF_8));
        List<String> samples = new ArrayList<>(List.of(
                body + "_" + check(body), "dmr_" + "0".repeat(43), header + ".eyJzdWIi.c2lnbmF0dXJl", "-----BEGIN PRIVATE KEY-----"));
        samples.addAll(fixed);
        for (String sample : samples) {
            if (kind("at=1 key=\"" + sample + "\"").isEmpty()) {
                throw new IllegalStateException("this program does not find what it looks for: sample " + samples.indexOf(sample));
            }
        }
    }

    private void search(Path root) throws IOException {
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            private int within;

            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                String name = String.valueOf(folder.getFileName());
                if (SKIPPED.contains(name)) {
                    return FileVisitResult.SKIP_SUBTREE;
                }
                within += FOLDERS.contains(name) ? 1 : 0;
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path folder, IOException failure) {
                within -= FOLDERS.contains(String.valueOf(folder.getFileName())) ? 1 : 0;
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                String name = String.valueOf(file.getFileName());
                if (within > 0 && (name.endsWith(".txt") || name.endsWith(".xml") || name.endsWith(".log"))) {
                    read(file);
                }
                return FileVisitResult.CONTINUE;
            }
        });
    }

    private void read(Path file) throws IOException {
        files++;
        int number = 0;
        // bytes that are no text must not end the search
        try (var all = Files.lines(file, StandardCharsets.ISO_8859_1)) {
            for (String line : (Iterable<String>) all::iterator) {
                number++;
                lines++;
                String kind = kind(line);
                if (!kind.isEmpty()) {
                    found++;
                    if (found <= MOST_SHOWN) {
                        System.out.println("canaries: " + file + ":" + number + ": " + kind);
                    }
                }
            }
        }
    }

    private String kind(String line) {
        for (Matcher keys = KEY.matcher(line); keys.find(); ) {
            String key = keys.group();
            if (key.endsWith(check(key.substring(0, key.length() - 7)))) {
                return "an API key";
            }
        }
        if (REFRESH.matcher(line).find()) {
            return "a refresh token";
        }
        for (Matcher tokens = JWT.matcher(line); tokens.find(); ) {
            if (isHeader(tokens.group(1))) {
                return "a JSON Web Token";
            }
        }
        if (PRIVATE_KEY.matcher(line).find()) {
            return "a private key";
        }
        for (int i = 0; i < fixed.size(); i++) {
            if (line.contains(fixed.get(i))) {
                return "credential " + (i + 1) + " of the list";
            }
        }
        return "";
    }

    private static boolean isHeader(String base64) {
        try {
            return new String(Base64.getUrlDecoder().decode(base64), StandardCharsets.ISO_8859_1).contains("\"alg\"");
        } catch (IllegalArgumentException notBase64) {
            return false;
        }
    }

    /** As dev.devmesh.auth.KeySecret makes them. */
    private static String check(String body) {
        CRC32 crc = new CRC32();
        crc.update(body.getBytes(StandardCharsets.US_ASCII));
        char[] digits = new char[6];
        long rest = crc.getValue();
        for (int i = 5; i >= 0; i--) {
            digits[i] = DIGITS.charAt((int) (rest % DIGITS.length()));
            rest /= DIGITS.length();
        }
        return new String(digits);
    }
}
