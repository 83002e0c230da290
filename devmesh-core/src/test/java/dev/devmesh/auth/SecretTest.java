package dev.devmesh.auth;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class SecretTest {

    @Test
    void itIsNotShown() {
        record Login(String user, Secret password) {}

        assertThat(new Login("app", new Secret("hush-again"))).hasToString("Login[user=app, password=***]");
        assertThat(new Login("app", Secret.none())).hasToString("Login[user=app, password=]");
    }

    @Test
    void equalTextsAreEqualSecrets() {
        assertThat(new Secret("hush-again"))
                .isEqualTo(new Secret("hush-again"))
                .hasSameHashCodeAs(new Secret("hush-again"))
                .isNotEqualTo(new Secret("hush-agaim"))
                .isNotEqualTo(Secret.none());
        assertThat(new Secret("hush-again").reveal()).isEqualTo("hush-again");
        assertThat(Secret.none().isSet()).isFalse();
    }
}
