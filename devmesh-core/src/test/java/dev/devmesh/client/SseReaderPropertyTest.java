package dev.devmesh.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class SseReaderPropertyTest {

    @Provide
    Arbitrary<String> lines() {
        return Arbitraries.strings()
                .withChars('a', ' ', ':', '世', '\uFEFF', 'é', '{', '"')
                .withChars(Character.toChars(0x1F600))
                .ofMaxLength(12)
                .filter(text -> new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8).equals(text));
    }

    @Property
    void howTheBytesAreCutMakesNoDifference(@ForAll List<@From("lines") String> lines, @ForAll long seed) {
        Random random = new Random(seed);
        String[] ends = {"\n", "\r", "\r\n"};
        StringBuilder stream = new StringBuilder();
        List<String> expected = new ArrayList<>();
        for (String line : lines) {
            String end = ends[random.nextInt(3)];
            stream.append(random.nextBoolean() ? ": comment" + end : "");
            stream.append("data: ").append(line).append(end).append(end);
            expected.add(line);
        }
        byte[] bytes = stream.toString().getBytes(StandardCharsets.UTF_8);

        SseReader reader = new SseReader(10_000);
        List<String> found = new ArrayList<>();
        for (int from = 0; from < bytes.length; ) {
            int length = Math.min(bytes.length - from, 1 + random.nextInt(7));
            reader.read(ByteBuffer.wrap(bytes, from, length))
                    .forEach(event -> found.add(new String(event, StandardCharsets.UTF_8)));
            from += length;
        }

        assertThat(found).isEqualTo(expected);
    }

    @Property
    void anyBytesGiveTheSameEventsInOnePieceAndInMany(@ForAll List<@From("noise") Byte> noise, @ForAll long seed) {
        byte[] bytes = new byte[noise.size()];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = noise.get(i);
        }
        List<byte[]> whole = new SseReader(10_000).read(ByteBuffer.wrap(bytes));

        Random random = new Random(seed);
        SseReader reader = new SseReader(10_000);
        List<byte[]> pieces = new ArrayList<>();
        for (int from = 0; from < bytes.length; ) {
            int length = Math.min(bytes.length - from, 1 + random.nextInt(3));
            pieces.addAll(reader.read(ByteBuffer.wrap(bytes, from, length)));
            from += length;
        }

        assertThat(pieces).hasSameSizeAs(whole);
        for (int i = 0; i < whole.size(); i++) {
            assertThat(pieces.get(i)).isEqualTo(whole.get(i));
        }
    }

    @Provide
    Arbitrary<Byte> noise() {
        List<Byte> telling = new ArrayList<>();
        for (byte one : "\n\r\n\r\n:data: event\uFEFFé\0".getBytes(StandardCharsets.UTF_8)) {
            telling.add(one);
        }
        return Arbitraries.of(telling);
    }
}
