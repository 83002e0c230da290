package dev.devmesh.context;

import java.text.BreakIterator;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Takes the sentences that tell most. A word weighs most if it comes in some sentences: one that is in most is a filler, and one
 * that came once may have been said in passing. A sentence is worth the mean of its words, a little more if it begins an item,
 * and nothing if those already taken have said most of it.
 */
final class ExtractiveSummarizer implements Summarizer {

    /** So much of each item is looked at, which keeps the work in proportion: what matters is rarely at the end of a long log. */
    private static final int LOOKED_AT = 4_096;

    private static final int LONGEST_SENTENCE = 300;
    private static final int MOST_SENTENCES = 20_000;
    private static final int MOST_CHARACTERS = 16_384;

    /** After so many sentences on end that no longer fit, there is no room. */
    private static final int MOST_MISSES = 50;

    /** Keeps a sentence of one heavy word from beating those that say something. */
    private static final int FEW_WORDS = 4;

    private static final double LEAD = 1.3;
    private static final double SAID_ALREADY = 0.7;

    private static final String HEADING = "[Extracted from ";
    private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{M}\\p{N}]+");
    private static final Pattern LINE_BREAK = Pattern.compile("\\R");

    private final TokenCounter tokens;

    ExtractiveSummarizer(TokenCounter tokens) {
        this.tokens = Objects.requireNonNull(tokens, "tokens");
    }

    private record Sentence(int place, String line, Set<String> words, boolean leads) {}

    private record Valued(Sentence sentence, double worth) {}

    @Override
    public String summarize(List<ContextItem> items, int maxTokens) {
        List<Sentence> taken = new ArrayList<>();
        Set<String> said = new HashSet<>();
        // The heading with the most sentences is the longest.
        long left = maxTokens - tokens.count(heading(items, MOST_SENTENCES));
        long characters = 0;
        int misses = 0;
        for (Sentence sentence : bestFirst(sentences(items))) {
            if (misses > MOST_MISSES) {
                break;
            }
            if (saysLittleBeyond(said, sentence)) {
                continue;
            }
            int cost = tokens.count(sentence.line() + "\n");
            if (cost > left || characters + sentence.line().length() > MOST_CHARACTERS) {
                misses++;
                continue;
            }
            misses = 0;
            left -= cost;
            characters += sentence.line().length();
            said.addAll(sentence.words());
            taken.add(sentence);
        }
        // A counter need not count parts as it counts the whole.
        String text = text(items, taken);
        while (!taken.isEmpty() && tokens.count(text) > maxTokens) {
            taken.remove(taken.size() - 1);
            text = text(items, taken);
        }
        return text;
    }

    private static String text(List<ContextItem> items, List<Sentence> taken) {
        StringBuilder text = new StringBuilder(heading(items, taken.size()));
        taken.stream()
                .sorted(Comparator.comparingInt(Sentence::place))
                .forEach(sentence -> text.append('\n').append(sentence.line()));
        return text.toString();
    }

    private static String heading(List<ContextItem> items, int sentences) {
        long held = items.stream().mapToLong(ContextItem::tokenCount).sum();
        return HEADING + items.size() + (items.size() == 1 ? " item of " : " items of ") + held
                + " tokens, without a model: " + sentences + (sentences == 1 ? " sentence" : " sentences")
                + ", all else is left out]";
    }

    private static boolean saysLittleBeyond(Set<String> said, Sentence sentence) {
        long known = sentence.words().stream().filter(said::contains).count();
        return known >= SAID_ALREADY * sentence.words().size();
    }

    private static List<Sentence> bestFirst(List<Sentence> sentences) {
        Map<String, Integer> spread = new HashMap<>();
        sentences.forEach(sentence -> sentence.words().forEach(word -> spread.merge(word, 1, Integer::sum)));
        return sentences.stream()
                .map(sentence -> new Valued(sentence, worth(sentence, spread, sentences.size())))
                .sorted(Comparator.comparingDouble(Valued::worth)
                        .reversed()
                        .thenComparing(valued -> valued.sentence().place(), Comparator.reverseOrder()))
                .map(Valued::sentence)
                .toList();
    }

    private static double worth(Sentence sentence, Map<String, Integer> spread, int sentences) {
        double sum = 0;
        for (String word : sentence.words()) {
            int in = spread.getOrDefault(word, 1);
            sum += Math.sqrt(in) * Math.log((sentences + 1.0) / in);
        }
        double mean = sum / (sentence.words().size() + FEW_WORDS);
        return sentence.leads() ? mean * LEAD : mean;
    }

    private static List<Sentence> sentences(List<ContextItem> items) {
        List<Sentence> found = new ArrayList<>();
        // The newest tell more about what is going on, where there are too many for all.
        for (int i = items.size() - 1; i >= 0 && found.size() < MOST_SENTENCES; i--) {
            ContextItem item = items.get(i);
            boolean isSummary = item.metadata().has(ContextItem.COMPACTED);
            String speaker = isSummary ? "" : item.role().wireName() + ": ";
            List<String> texts = split(cut(item.content(), LOOKED_AT));
            for (int s = texts.size() - 1; s >= 0; s--) {
                String text = texts.get(s);
                Set<String> words = words(text);
                if (!words.isEmpty() && !text.startsWith(HEADING)) {
                    found.add(new Sentence(
                            -found.size(), speaker + cut(text, LONGEST_SENTENCE), words, s == 0 || isSummary));
                }
            }
        }
        return found;
    }

    private static List<String> split(String text) {
        List<String> sentences = new ArrayList<>();
        BreakIterator breaks = BreakIterator.getSentenceInstance(Locale.ROOT);
        for (String line : LINE_BREAK.split(text)) {
            breaks.setText(line);
            int start = breaks.first();
            for (int end = breaks.next(); end != BreakIterator.DONE; start = end, end = breaks.next()) {
                String sentence = line.substring(start, end).strip();
                if (!sentence.isEmpty()) {
                    sentences.add(sentence);
                }
            }
        }
        return sentences;
    }

    /** The words in lower case; of scripts that write without spaces each pair of characters. */
    private static Set<String> words(String text) {
        Set<String> words = new LinkedHashSet<>();
        Matcher matcher = WORD.matcher(text.toLowerCase(Locale.ROOT));
        while (matcher.find()) {
            String word = matcher.group();
            if (word.codePoints().anyMatch(Character::isIdeographic)) {
                int[] characters = word.codePoints().toArray();
                for (int i = 0; i + 1 < characters.length; i++) {
                    words.add(new String(characters, i, 2));
                }
            } else {
                words.add(word);
            }
        }
        return words;
    }

    private static String cut(String text, int longest) {
        if (text.length() <= longest) {
            return text;
        }
        int end = Character.isHighSurrogate(text.charAt(longest - 1)) ? longest - 1 : longest;
        return text.substring(0, end) + "…";
    }
}
