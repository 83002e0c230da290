package dev.devmesh.netty;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.Base64;
import java.util.Collection;
import java.util.Date;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The certificate by which clients know a server, and the key that proves that it is its own. Immutable.
 *
 * @param chain the server's own certificate, then those that vouch for it
 * @param key of the first certificate
 */
record ServerIdentity(List<X509Certificate> chain, PrivateKey key) {

    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]*PRIVATE KEY)-----([^-]*(?:-[^-]+)*)-----END \\1-----");
    private static final byte[] CHALLENGE = "devmesh".getBytes(StandardCharsets.US_ASCII);

    ServerIdentity {
        chain = List.copyOf(chain);
    }

    @Override
    public String toString() {
        return "ServerIdentity[" + chain.get(0).getSubjectX500Principal() + "]";
    }

    /**
     * Reads what two PEM files hold.
     *
     * @param now the certificates must be valid then
     */
    static ServerIdentity of(Path certFile, byte[] certificates, Path keyFile, byte[] key, Instant now)
            throws UnusableCertificate {
        List<X509Certificate> chain = chain(certFile, certificates);
        for (X509Certificate certificate : chain) {
            checkValidity(certFile, certificate, now);
        }
        PublicKey own = chain.get(0).getPublicKey();
        PrivateKey secret = key(keyFile, key, own.getAlgorithm());
        if (!belongTogether(own, secret)) {
            throw new UnusableCertificate("the key in " + keyFile + " is not that of the first certificate in "
                    + certFile + "; put the server's own certificate first, and its key beside it");
        }
        return new ServerIdentity(chain, secret);
    }

    private static List<X509Certificate> chain(Path file, byte[] pem) throws UnusableCertificate {
        try {
            Collection<?> found =
                    CertificateFactory.getInstance("X.509").generateCertificates(new ByteArrayInputStream(pem));
            if (!found.isEmpty()) {
                return found.stream().map(X509Certificate.class::cast).toList();
            }
        } catch (GeneralSecurityException unreadable) {
            throw new UnusableCertificate("the certificates in " + file + " cannot be read (" + unreadable.getMessage()
                    + "); it must hold them in PEM form, each between -----BEGIN CERTIFICATE----- and its end");
        }
        throw new UnusableCertificate("there is no certificate in " + file
                + "; it must hold the chain in PEM form, the server's own certificate first");
    }

    private static void checkValidity(Path file, X509Certificate certificate, Instant now) throws UnusableCertificate {
        Date date = Date.from(now);
        if (date.after(certificate.getNotAfter())) {
            throw new UnusableCertificate("the certificate of " + certificate.getSubjectX500Principal() + " in " + file
                    + " has expired on " + certificate.getNotAfter().toInstant() + "; have it renewed");
        }
        if (date.before(certificate.getNotBefore())) {
            throw new UnusableCertificate("the certificate of " + certificate.getSubjectX500Principal() + " in " + file
                    + " is not valid before " + certificate.getNotBefore().toInstant()
                    + "; have another one issued, or set the clock of this machine");
        }
    }

    private static PrivateKey key(Path file, byte[] pem, String algorithm) throws UnusableCertificate {
        Matcher block = BLOCK.matcher(new String(pem, StandardCharsets.ISO_8859_1));
        if (!block.find()) {
            throw new UnusableCertificate("there is no private key in " + file
                    + "; it must hold one in PEM form, between -----BEGIN PRIVATE KEY----- and its end");
        }
        if (block.group(1).equals("ENCRYPTED PRIVATE KEY") || block.group(2).contains("ENCRYPTED")) {
            throw new UnusableCertificate("the private key in " + file
                    + " is encrypted, and nobody could be asked for its password; decrypt it with: openssl pkcs8 -in "
                    + file + " -out key.pem");
        }
        if (!block.group(1).equals("PRIVATE KEY")) {
            throw new UnusableCertificate("the private key in " + file + " is in the old form of a "
                    + block.group(1) + "; convert it with: openssl pkcs8 -topk8 -nocrypt -in " + file
                    + " -out key.pem");
        }
        try {
            byte[] encoded = Base64.getMimeDecoder().decode(block.group(2));
            return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(encoded));
        } catch (GeneralSecurityException | IllegalArgumentException unreadable) {
            // What it says may quote the key.
            throw new UnusableCertificate("the private key in " + file + " is not a key of the kind " + algorithm
                    + ", which the certificate has; put the key there that belongs to it");
        }
    }

    private static boolean belongTogether(PublicKey certified, PrivateKey key) {
        String algorithm = switch (certified.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            case "DSA" -> "SHA256withDSA";
            default -> certified.getAlgorithm();
        };
        try {
            Signature sign = Signature.getInstance(algorithm);
            sign.initSign(key);
            sign.update(CHALLENGE);
            byte[] signature = sign.sign();
            Signature verify = Signature.getInstance(algorithm);
            verify.initVerify(certified);
            verify.update(CHALLENGE);
            return verify.verify(signature);
        } catch (GeneralSecurityException mismatch) {
            return false;
        }
    }
}
