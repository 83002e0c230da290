package dev.devmesh.question;

import dev.devmesh.text.Sha256;
import java.util.Base64;

/** Tells questions apart by what the client gets to see of them. */
final class QuestionDigest {

    private QuestionDigest() {}

    static String of(Question question) {
        String seen = question.method() + question.params();
        return Base64.getUrlEncoder().withoutPadding().encodeToString(Sha256.of(seen));
    }
}
