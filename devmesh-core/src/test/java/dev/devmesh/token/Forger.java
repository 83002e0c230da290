package dev.devmesh.token;

import dev.devmesh.json.Json;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.Signature;
import java.util.Base64;
import java.util.function.Consumer;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import tools.jackson.databind.node.ObjectNode;

/** Writes tokens that the mesh would never write, from one that it wrote. It shares no code with what reads them. */
final class Forger {

    final String token;
    final String header;
    final String claims;
    final byte[] signature;
    private final TokenAlgorithm algorithm;

    Forger(TokenAlgorithm algorithm, String token) {
        this.algorithm = algorithm;
        this.token = token;
        String[] parts = token.split("\\.");
        this.header = decoded(parts[0]);
        this.claims = decoded(parts[1]);
        this.signature = Base64.getUrlDecoder().decode(parts[2]);
    }

    private static String decoded(String part) {
        return new String(Base64.getUrlDecoder().decode(part), StandardCharsets.UTF_8);
    }

    /** Other claims, signed rightly. */
    String claiming(Consumer<ObjectNode> change) {
        return signed(header, changed(claims, change));
    }

    /** Another header, signed rightly. */
    String headed(Consumer<ObjectNode> change) {
        return signed(changed(header, change), claims);
    }

    static String changed(String json, Consumer<ObjectNode> change) {
        ObjectNode object = (ObjectNode) Json.parse(json);
        change.accept(object);
        return object.toString();
    }

    /** These texts, whatever they are, signed rightly by the key of the mesh. */
    String signed(String headerText, String claimsText) {
        String input = encoded(headerText) + "." + encoded(claimsText);
        return input + "." + encoded(sign(input));
    }

    byte[] sign(String input) {
        return switch (algorithm) {
            case HS256 -> hmac(KeyMaterial.SECRET.getBytes(StandardCharsets.UTF_8), input);
            case RS256 -> sign("SHA256withRSA", KeyMaterial.RSA, input);
            case ES256 -> sign("SHA256withECDSAinP1363Format", KeyMaterial.P256, input);
            case EDDSA -> sign("Ed25519", KeyMaterial.ED25519, input);
        };
    }

    static byte[] hmac(byte[] key, String input) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return mac.doFinal(input.getBytes(StandardCharsets.US_ASCII));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    static byte[] sign(String name, KeyPair pair, String input) {
        try {
            Signature signature = Signature.getInstance(name);
            signature.initSign(pair.getPrivate());
            signature.update(input.getBytes(StandardCharsets.US_ASCII));
            return signature.sign();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The token up to its signature. */
    String input() {
        return token.substring(0, token.lastIndexOf('.'));
    }

    /** The token with another signature. */
    String with(byte[] otherSignature) {
        return input() + "." + encoded(otherSignature);
    }

    static String encoded(String text) {
        return encoded(text.getBytes(StandardCharsets.UTF_8));
    }

    static String encoded(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
