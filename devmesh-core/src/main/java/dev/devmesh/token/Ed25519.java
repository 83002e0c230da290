package dev.devmesh.token;

import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;

/** Ed25519 as the JDK has it: the library for the other algorithms wants one more dependency for this one. */
final class Ed25519 {

    private static final String NAME = "Ed25519";
    private static final int LENGTH = 64;

    private Ed25519() {}

    static byte[] sign(PrivateKey key, byte[] input) throws GeneralSecurityException {
        Signature signature = Signature.getInstance(NAME);
        signature.initSign(key);
        signature.update(input);
        return signature.sign();
    }

    /** @throws GeneralSecurityException if the signature has not even the form of one */
    static boolean verify(PublicKey key, byte[] input, byte[] signed) throws GeneralSecurityException {
        if (signed.length != LENGTH) {
            return false; // Java 17 reads the first 64 bytes and takes what follows for nothing
        }
        Signature signature = Signature.getInstance(NAME);
        signature.initVerify(key);
        signature.update(input);
        return signature.verify(signed);
    }
}
