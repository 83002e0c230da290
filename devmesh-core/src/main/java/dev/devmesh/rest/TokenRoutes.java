package dev.devmesh.rest;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.devmesh.auth.Scopes;
import dev.devmesh.schema.Description;
import dev.devmesh.schema.Length;
import dev.devmesh.schema.Size;
import dev.devmesh.token.TokenPair;
import dev.devmesh.token.Tokens;
import java.util.List;
import java.util.Optional;

/** {@code /api/v1/auth/token}, {@code refresh} and {@code revoke}: tokens for an API key. */
final class TokenRoutes {

    private final Tokens tokens;

    TokenRoutes(Tokens tokens) {
        this.tokens = tokens;
    }

    List<Route> routes() {
        return List.of(
                Route.post("/api/v1/auth/token")
                        .forAnyCaller()
                        .summary("Exchanges the API key of the request for an access token and a refresh token")
                        .mayRead(TokenBody.class)
                        .answers(TokenView.class)
                        .handle(this::exchange),
                // The token in the body is the credential: whoever has it need not show another.
                Route.post("/api/v1/auth/refresh")
                        .forEverybody()
                        .summary("Exchanges a refresh token, which works once, for the next pair")
                        .reads(RefreshBody.class)
                        .answers(TokenView.class)
                        .handle(this::refresh),
                Route.post("/api/v1/auth/revoke")
                        .forEverybody()
                        .summary(
                                "Takes back all tokens of the sign-in that a token came from; one that is not good is no error")
                        .reads(RevokeBody.class)
                        .handle(this::revoke));
    }

    record TokenBody(
            @Description("What the tokens are to allow, of what the key does; all of it when absent") @Size(max = 100)
            Optional<List<String>> scopes) {}

    record RefreshBody(
            @JsonProperty("refresh_token") @Length(min = 1, max = 200)
            String refreshToken) {}

    record RevokeBody(
            @Description("A refresh token or an access token") @Length(min = 1, max = 8192)
            String token) {}

    record TokenView(
            @JsonProperty("access_token") String accessToken,

            @Description("Always Bearer") @JsonProperty("token_type")
            String tokenType,

            @Description("For how many seconds the access token is good") @JsonProperty("expires_in")
            long expiresIn,

            @Description("Good for one refresh") @JsonProperty("refresh_token")
            String refreshToken,

            @Description("What the access token allows at most, separated by spaces")
            String scope) {

        static TokenView of(TokenPair pair) {
            return new TokenView(
                    pair.accessToken(),
                    "Bearer",
                    pair.expiresIn().toSeconds(),
                    pair.refreshToken(),
                    pair.scopes().toString());
        }
    }

    private RestResponse exchange(RestCall call) {
        call.stage("store");
        Optional<List<String>> scopes = call.body(TokenBody.class).scopes();
        return RestResponse.ok(TokenView.of(
                scopes.isEmpty()
                        ? tokens.exchange(call.credentials())
                        : tokens.exchange(call.credentials(), Scopes.given(scopes.get()))));
    }

    private RestResponse refresh(RestCall call) {
        call.stage("store");
        return RestResponse.ok(
                TokenView.of(tokens.refresh(call.body(RefreshBody.class).refreshToken())));
    }

    private RestResponse revoke(RestCall call) {
        call.stage("store");
        tokens.revoke(call.body(RevokeBody.class).token());
        return RestResponse.noContent();
    }
}
