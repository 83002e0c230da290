package dev.devmesh.netty;

/** Why a certificate or its key cannot be served; the message says where and how to put it right. */
final class UnusableCertificate extends Exception {

    private static final long serialVersionUID = 1L;

    UnusableCertificate(String message) {
        super(message);
    }
}
