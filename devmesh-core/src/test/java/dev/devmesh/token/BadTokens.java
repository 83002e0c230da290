package dev.devmesh.token;

import dev.devmesh.ErrorCode;
import dev.devmesh.auth.Scopes;
import dev.devmesh.json.Json;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.interfaces.ECPublicKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import tools.jackson.databind.node.ObjectNode;

/**
 * Tokens that must not open anything, each with the code that it must be refused with. They are made from a good token of a mesh whose
 * key the forger has, so that each is bad in one way only.
 */
final class BadTokens {

    /** A token, what is wrong with it, and what it is to be answered. */
    record Bad(String what, String token, ErrorCode code) {}

    private final List<Bad> all = new ArrayList<>();
    private final TokenAlgorithm algorithm;
    private final Forger forger;
    private final Instant now;
    private final String canary;
    private final String refreshToken;

    /** @param canary an address where nobody may call */
    BadTokens(TokenAlgorithm algorithm, TokenPair good, Instant now, String canary) {
        this.algorithm = algorithm;
        this.forger = new Forger(algorithm, good.accessToken());
        this.refreshToken = good.refreshToken();
        this.now = now;
        this.canary = canary;
    }

    List<Bad> all() {
        algorithms();
        confusedKeys();
        embeddedKeys();
        alteredSignatures();
        alteredContents();
        types();
        claims();
        times();
        shapes();
        spellings();
        others();
        return all;
    }

    private void add(String what, String token, ErrorCode code) {
        all.add(new Bad(algorithm.wireName() + ": " + what, token, code));
    }

    private void algorithms() {
        for (String none :
                List.of("none", "None", "NONE", "nOnE", "noNe", "none ", " none", "none\u0000", "", "null")) {
            String header = Forger.changed(forger.header, change(object -> object.put("alg", none)));
            String input = Forger.encoded(header) + "." + Forger.encoded(forger.claims) + ".";
            add("alg '" + none.replace('\u0000', '0') + "' and no signature", input, ErrorCode.TOKEN_SIGNATURE_INVALID);
            add(
                    "alg '" + none.replace('\u0000', '0') + "' and the old signature",
                    input + tail(),
                    ErrorCode.TOKEN_SIGNATURE_INVALID);
        }
        for (String other : List.of(
                "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "ES256", "ES256K", "ES384", "EdDSA",
                "Ed25519", "dir", "RSA1_5", "hs256", "rs256", "es256", "eddsa", "HS256 ", "S256")) {
            if (!other.equals(algorithm.wireName())) {
                add(
                        "alg " + other + ", signed by the right key",
                        forger.headed(h -> h.put("alg", other)),
                        ErrorCode.TOKEN_SIGNATURE_INVALID);
            }
        }
        add("no alg", forger.headed(h -> h.remove("alg")), ErrorCode.TOKEN_SIGNATURE_INVALID);
        add("alg null", forger.headed(h -> h.putNull("alg")), ErrorCode.TOKEN_SIGNATURE_INVALID);
        add("alg a number", forger.headed(h -> h.put("alg", 256)), ErrorCode.TOKEN_SIGNATURE_INVALID);
        add(
                "alg a list",
                forger.headed(h -> h.putArray("alg").add(algorithm.wireName())),
                ErrorCode.TOKEN_SIGNATURE_INVALID);
    }

    private void confusedKeys() {
        byte[] rsa = KeyMaterial.RSA.getPublic().getEncoded();
        byte[] pem =
                KeyMaterial.block("PUBLIC KEY", KeyMaterial.RSA.getPublic()).getBytes(StandardCharsets.US_ASCII);
        byte[] ec = KeyMaterial.P256.getPublic().getEncoded();
        byte[] ed = KeyMaterial.ED25519.getPublic().getEncoded();
        for (byte[] key : List.of(rsa, pem, ec, ed, new byte[32], "secret".getBytes(StandardCharsets.US_ASCII))) {
            for (String alg : List.of("HS256", algorithm.wireName())) {
                String input = Forger.encoded(Forger.changed(forger.header, change(h -> h.put("alg", alg)))) + "."
                        + Forger.encoded(forger.claims);
                add(
                        "alg " + alg + ", signed by HMAC with what everybody knows, " + key.length + " bytes",
                        input + "." + Forger.encoded(Forger.hmac(key, input)),
                        ErrorCode.TOKEN_SIGNATURE_INVALID);
            }
        }
        String input = forger.input();
        add(
                "signed by a stranger's RSA key",
                forger.with(Forger.sign("SHA256withRSA", KeyMaterial.pair("RSA", 2048, ""), input)),
                ErrorCode.TOKEN_SIGNATURE_INVALID);
        add(
                "signed by a stranger's key on P-256",
                forger.with(Forger.sign("SHA256withECDSAinP1363Format", KeyMaterial.pair("EC", 0, "secp256r1"), input)),
                ErrorCode.TOKEN_SIGNATURE_INVALID);
        add(
                "signed by a key on another curve",
                forger.with(Forger.sign("SHA256withECDSAinP1363Format", KeyMaterial.P384, input)),
                ErrorCode.TOKEN_SIGNATURE_INVALID);
        add(
                "signed by a stranger's Ed25519 key",
                forger.with(Forger.sign("Ed25519", KeyMaterial.pair("Ed25519", 0, ""), input)),
                ErrorCode.TOKEN_SIGNATURE_INVALID);
    }

    /** Headers that bring a key of their own, or say where one is; the signature is by that key. */
    private void embeddedKeys() {
        String jwk = "{\"kty\":\"oct\",\"k\":\"" + Forger.encoded("a secret that the attacker has chosen") + "\"}";
        byte[] chosen = "a secret that the attacker has chosen".getBytes(StandardCharsets.US_ASCII);
        for (String member : List.of("jku", "x5u", "jwk", "x5c", "kid")) {
            for (String value : List.of(
                    "\"" + canary + "/keys\"",
                    jwk,
                    "[\"" + canary + "\"]",
                    "\"../../../../dev/null\"",
                    "\"/dev/zero\"",
                    "\"file:///etc/passwd\"",
                    "\"x' UNION SELECT 'a secret that the attacker has chosen' -- \"",
                    "\"\\u0000\"",
                    "\"" + "k".repeat(2_000) + "\"",
                    "{}")) {
                String header = Forger.changed(forger.header, change(h -> h.set(member, Json.parse(value))));
                String input = Forger.encoded(header) + "." + Forger.encoded(forger.claims);
                add(
                        member + " " + value.substring(0, Math.min(30, value.length())),
                        input + "." + Forger.encoded(Forger.hmac(chosen, input)),
                        ErrorCode.TOKEN_SIGNATURE_INVALID);
            }
        }
    }

    private void alteredSignatures() {
        byte[] signature = forger.signature;
        int step = Math.max(1, signature.length * 8 / 256);
        for (int bit = 0; bit < signature.length * 8; bit += step) {
            byte[] altered = signature.clone();
            altered[bit / 8] ^= (byte) (1 << (bit % 8));
            add("bit " + bit + " of the signature", forger.with(altered), ErrorCode.TOKEN_SIGNATURE_INVALID);
        }
        add("an empty signature", forger.with(new byte[0]), ErrorCode.TOKEN_SIGNATURE_INVALID);
        add(
                "half the signature",
                forger.with(Arrays.copyOf(signature, signature.length / 2)),
                ErrorCode.TOKEN_SIGNATURE_INVALID);
        add(
                "a byte less",
                forger.with(Arrays.copyOf(signature, signature.length - 1)),
                ErrorCode.TOKEN_SIGNATURE_INVALID);
        add(
                "a byte more",
                forger.with(Arrays.copyOf(signature, signature.length + 1)),
                ErrorCode.TOKEN_SIGNATURE_INVALID);
        for (int length : List.of(1, 32, 63, 64, 65, 96, 256, 512)) {
            add(length + " zeros", forger.with(new byte[length]), ErrorCode.TOKEN_SIGNATURE_INVALID);
            byte[] ones = new byte[length];
            Arrays.fill(ones, (byte) 0xff);
            add(length + " bytes of ones", forger.with(ones), ErrorCode.TOKEN_SIGNATURE_INVALID);
        }
        BigInteger order =
                ((ECPublicKey) KeyMaterial.P256.getPublic()).getParams().getOrder();
        for (BigInteger r : List.of(BigInteger.ZERO, BigInteger.ONE, order, order.subtract(BigInteger.ONE))) {
            for (BigInteger s : List.of(BigInteger.ZERO, BigInteger.ONE, order)) {
                byte[] both = new byte[64];
                put(both, 0, r);
                put(both, 32, s);
                add(
                        "ECDSA with r=" + r.bitLength() + " and s=" + s.bitLength() + " bits",
                        forger.with(both),
                        ErrorCode.TOKEN_SIGNATURE_INVALID);
            }
        }
        add(
                "ECDSA in DER",
                forger.with(Forger.sign("SHA256withECDSA", KeyMaterial.P256, forger.input())),
                ErrorCode.TOKEN_SIGNATURE_INVALID);
    }

    private static void put(byte[] into, int at, BigInteger number) {
        byte[] bytes = number.toByteArray();
        int length = Math.min(32, bytes.length);
        System.arraycopy(bytes, bytes.length - length, into, at + 32 - length, length);
    }

    private void alteredContents() {
        String tail = "." + tail();
        for (String change : List.of("sub", "tenant", "scope", "key_id", "sid", "jti", "aud")) {
            String claims = Forger.changed(forger.claims, change(c -> c.put(change, "admin")));
            add(
                    change + " altered without a new signature",
                    Forger.encoded(forger.header) + "." + Forger.encoded(claims) + tail,
                    ErrorCode.TOKEN_SIGNATURE_INVALID);
        }
        String longer = Forger.changed(forger.claims, change(c -> c.put("exp", now.getEpochSecond() + 86_400)));
        add(
                "exp put off",
                Forger.encoded(forger.header) + "." + Forger.encoded(longer) + tail,
                ErrorCode.TOKEN_SIGNATURE_INVALID);
        add(
                "a space in the claims",
                Forger.encoded(forger.header) + "." + Forger.encoded(forger.claims + " ") + tail,
                ErrorCode.TOKEN_SIGNATURE_INVALID);
        add(
                "a space in the header",
                Forger.encoded(" " + forger.header) + "." + Forger.encoded(forger.claims) + tail,
                ErrorCode.TOKEN_SIGNATURE_INVALID);
    }

    private void types() {
        for (String type : List.of(
                "JWT", "jwt", "at+JWT ", "refresh+jwt", "id+jwt", "dpop+jwt", "secevent+jwt", "logout+jwt", "")) {
            add("typ '" + type + "'", forger.headed(h -> h.put("typ", type)), ErrorCode.TOKEN_INVALID);
        }
        add("no typ", forger.headed(h -> h.remove("typ")), ErrorCode.TOKEN_INVALID);
        add("typ a list", forger.headed(h -> h.putArray("typ").add("at+jwt")), ErrorCode.TOKEN_INVALID);
        add("crit exp", forger.headed(h -> h.putArray("crit").add("exp")), ErrorCode.TOKEN_INVALID);
        add("crit empty", forger.headed(h -> h.putArray("crit")), ErrorCode.TOKEN_INVALID);
        add("crit null", forger.headed(h -> h.putNull("crit")), ErrorCode.TOKEN_INVALID);
        add("crit b64", forger.headed(h -> h.put("b64", false).putArray("crit").add("b64")), ErrorCode.TOKEN_INVALID);
    }

    private void claims() {
        for (String issuer : List.of("devmesh ", "Devmesh", "https://evil.example", "devmesh\u0000", "")) {
            add(
                    "iss '" + issuer.replace('\u0000', '0') + "'",
                    forger.claiming(c -> c.put("iss", issuer)),
                    ErrorCode.UNAUTHENTICATED);
        }
        add("no iss", forger.claiming(c -> c.remove("iss")), ErrorCode.TOKEN_INVALID);
        add("iss a list", forger.claiming(c -> c.putArray("iss").add("devmesh")), ErrorCode.TOKEN_INVALID);
        for (String audience : List.of("other", "Devmesh", "")) {
            add("aud '" + audience + "'", forger.claiming(c -> c.put("aud", audience)), ErrorCode.TOKEN_INVALID);
        }
        add("no aud", forger.claiming(c -> c.remove("aud")), ErrorCode.TOKEN_INVALID);
        add("aud of others", forger.claiming(c -> c.putArray("aud").add("a").add("b")), ErrorCode.TOKEN_INVALID);
        add("aud an object", forger.claiming(c -> c.putObject("aud").put("devmesh", true)), ErrorCode.TOKEN_INVALID);
        for (String needed : List.of("sub", "tenant", "scope", "key_id", "sid", "jti")) {
            add("no " + needed, forger.claiming(c -> c.remove(needed)), ErrorCode.TOKEN_INVALID);
            add(needed + " a number", forger.claiming(c -> c.put(needed, 1)), ErrorCode.TOKEN_INVALID);
            add(needed + " null", forger.claiming(c -> c.putNull(needed)), ErrorCode.TOKEN_INVALID);
        }
        add("tenant that is none", forger.claiming(c -> c.put("tenant", "../x")), ErrorCode.TOKEN_INVALID);
        add("scope that is none", forger.claiming(c -> c.put("scope", "Admin!")), ErrorCode.TOKEN_INVALID);
        add("another tenant", forger.claiming(c -> c.put("tenant", "globex")), ErrorCode.TOKEN_REVOKED);
        add("another key", forger.claiming(c -> c.put("key_id", "key_other")), ErrorCode.TOKEN_REVOKED);
        add("an unknown sign-in", forger.claiming(c -> c.put("sid", "fam_other")), ErrorCode.TOKEN_REVOKED);
    }

    private void times() {
        long second = now.getEpochSecond();
        for (long ago : List.of(60L, 61L, 3_600L, 86_400L * 365, second)) {
            add("expired " + ago + " s ago", forger.claiming(c -> c.put("exp", second - ago)), ErrorCode.TOKEN_EXPIRED);
        }
        for (long later : List.of(61L, 600L, 86_400L * 365)) {
            add(
                    "nbf in " + later + " s",
                    forger.claiming(c -> c.put("nbf", second + later)),
                    ErrorCode.TOKEN_NOT_YET_VALID);
            add(
                    "iat in " + later + " s",
                    forger.claiming(c -> c.put("iat", second + later)),
                    ErrorCode.TOKEN_NOT_YET_VALID);
        }
        add("no exp", forger.claiming(c -> c.remove("exp")), ErrorCode.TOKEN_INVALID);
        add("no iat", forger.claiming(c -> c.remove("iat")), ErrorCode.TOKEN_INVALID);
        for (String time : List.of("exp", "nbf", "iat")) {
            add(time + " a text", forger.claiming(c -> c.put(time, String.valueOf(second))), ErrorCode.TOKEN_INVALID);
            add(time + " negative", forger.claiming(c -> c.put(time, -1)), ErrorCode.TOKEN_INVALID);
            add(
                    time + " beyond all calendars",
                    forger.claiming(c -> c.put(time, Long.MAX_VALUE)),
                    ErrorCode.TOKEN_INVALID);
            add(time + " with a fraction", forger.claiming(c -> c.put(time, second + 0.5)), ErrorCode.TOKEN_INVALID);
            add(time + " null", forger.claiming(c -> c.putNull(time)), ErrorCode.TOKEN_INVALID);
            add(
                    time + " of a hundred digits",
                    forger.signed(
                            forger.header,
                            Forger.changed(forger.claims, change(c -> c.remove(time)))
                                    .replaceFirst("\\{", "{\"" + time + "\":1" + "0".repeat(99) + ",")),
                    ErrorCode.TOKEN_INVALID);
        }
    }

    private void shapes() {
        add("8193 characters", forger.token + "A".repeat(8_193 - forger.token.length()), ErrorCode.TOKEN_INVALID);
        add("a megabyte", "eyJ" + "A".repeat(1 << 20), ErrorCode.TOKEN_INVALID);
        add("a megabyte of dots", ".".repeat(1 << 20), ErrorCode.TOKEN_INVALID);
        add("eight thousand dots", ".".repeat(8_000), ErrorCode.TOKEN_INVALID);
        add(
                "deep claims",
                forger.signed(forger.header, "[".repeat(2_500) + "]".repeat(2_500)),
                ErrorCode.TOKEN_INVALID);
        add(
                "deep objects",
                forger.signed(forger.header, "{\"a\":".repeat(500) + "1" + "}".repeat(500)),
                ErrorCode.TOKEN_INVALID);
        add(
                "a deep header",
                forger.signed("{\"alg\":" + "[".repeat(1_000) + "]".repeat(1_000) + "}", forger.claims),
                ErrorCode.TOKEN_INVALID);
        add(
                "alg twice",
                forger.signed("{\"alg\":\"none\"," + forger.header.substring(1), forger.claims),
                ErrorCode.TOKEN_INVALID);
        add(
                "iss twice",
                forger.signed(forger.header, "{\"iss\":\"devmesh\"," + forger.claims.substring(1)),
                ErrorCode.TOKEN_INVALID);
        add(
                "exp twice",
                forger.signed(forger.header, "{\"exp\":1," + forger.claims.substring(1)),
                ErrorCode.TOKEN_INVALID);
        for (String text :
                List.of("", "null", "1", "\"x\"", "[]", "{", "{}x", "\u0000", "{\"a\":NaN}", "{'a':1}", "{} {}")) {
            add(
                    "claims are " + text.replace('\u0000', '0'),
                    forger.signed(forger.header, text),
                    ErrorCode.TOKEN_INVALID);
            add(
                    "the header is " + text.replace('\u0000', '0'),
                    forger.signed(text, forger.claims),
                    ErrorCode.TOKEN_INVALID);
        }
        String utf16 = Forger.encoded(forger.claims.getBytes(StandardCharsets.UTF_16));
        String input = Forger.encoded(forger.header) + "." + utf16;
        add("claims in UTF-16", input + "." + Forger.encoded(forger.sign(input)), ErrorCode.TOKEN_INVALID);
        String broken = Forger.encoded(new byte[] {'{', '"', (byte) 0xc0, (byte) 0x80, '"', ':', '1', '}'});
        String brokenInput = Forger.encoded(forger.header) + "." + broken;
        add(
                "claims with broken UTF-8",
                brokenInput + "." + Forger.encoded(forger.sign(brokenInput)),
                ErrorCode.TOKEN_INVALID);
        String nested = forger.signed(
                Forger.changed(forger.header, change(h -> h.put("cty", "JWT"))), "\"" + forger.token + "\"");
        add("a token in a token", nested, ErrorCode.TOKEN_INVALID);
    }

    private void spellings() {
        String token = forger.token;
        String[] parts = token.split("\\.");
        add("two parts", parts[0] + "." + parts[1], ErrorCode.TOKEN_INVALID);
        add("four parts", token + "." + parts[2], ErrorCode.TOKEN_INVALID);
        add("a dot at the end", token + ".", ErrorCode.TOKEN_INVALID);
        add("a dot at the beginning", "." + token, ErrorCode.TOKEN_INVALID);
        add("no header", "." + parts[1] + "." + parts[2], ErrorCode.TOKEN_INVALID);
        add("no claims", parts[0] + ".." + parts[2], ErrorCode.TOKEN_INVALID);
        add("padding", token + "=", ErrorCode.TOKEN_INVALID);
        add("much padding", token + "====", ErrorCode.TOKEN_INVALID);
        add("padded header", parts[0] + "=." + parts[1] + "." + parts[2], ErrorCode.TOKEN_INVALID);
        for (String garbage : List.of("!", " ", "\n", "\u0000", "%00", "\u00e9", ",", ";x", "#", "+", "/")) {
            add("trailing " + (int) garbage.charAt(0), token + garbage, ErrorCode.TOKEN_INVALID);
            add(
                    "garbage " + (int) garbage.charAt(0) + " in the claims",
                    parts[0] + "." + parts[1] + garbage + "." + parts[2],
                    ErrorCode.TOKEN_INVALID);
        }
        add("lower case", token.toLowerCase(Locale.ROOT), ErrorCode.TOKEN_INVALID);
        add(
                "another spelling of the last bits",
                token.substring(0, token.length() - 1) + otherSpelling(token.charAt(token.length() - 1)),
                ErrorCode.TOKEN_INVALID);
        add(
                "encrypted (JWE)",
                Forger.encoded("{\"alg\":\"dir\",\"enc\":\"A128GCM\"}") + "..AAAA.AAAA.AAAA",
                ErrorCode.TOKEN_INVALID);
        add(
                "encrypted with a key of p2c 2147483647",
                Forger.encoded(
                                "{\"alg\":\"PBES2-HS256+A128KW\",\"enc\":\"A128GCM\",\"p2c\":2147483647,\"p2s\":\"AAAA\"}")
                        + ".AAAA.AAAA.AAAA.AAAA",
                ErrorCode.TOKEN_INVALID);
        add("zipped", forger.headed(h -> h.put("zip", "DEF").put("typ", "JWT")), ErrorCode.TOKEN_INVALID);
        add("JSON serialization", "eyJ{\"payload\":\"" + parts[1] + "\",\"signatures\":[]}", ErrorCode.TOKEN_INVALID);
    }

    /** The same bytes: the last character of most lengths has bits to spare. */
    private static char otherSpelling(char last) {
        String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        return alphabet.charAt(alphabet.indexOf(last) ^ 1);
    }

    private void others() {
        add("a refresh token", refreshToken, ErrorCode.TOKEN_INVALID);
        add("two tokens", forger.token + " " + forger.token, ErrorCode.TOKEN_INVALID);
        add("the header of another scheme", "Bearer " + forger.token, ErrorCode.TOKEN_INVALID);
        add(
                "the scopes of an administrator",
                Forger.encoded(forger.header) + "."
                        + Forger.encoded(Forger.changed(forger.claims, change(c -> c.put("scope", Scopes.ADMIN)))) + "."
                        + tail(),
                ErrorCode.TOKEN_SIGNATURE_INVALID);
    }

    private String tail() {
        return Forger.encoded(forger.signature);
    }

    private static Consumer<ObjectNode> change(Consumer<ObjectNode> change) {
        return change;
    }
}
