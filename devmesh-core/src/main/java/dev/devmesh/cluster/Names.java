package dev.devmesh.cluster;

import java.util.regex.Pattern;

/** The ids that messages may hold: short, so that no message grows beyond what a bus carries. */
final class Names {

    private static final Pattern ID = Pattern.compile("[A-Za-z0-9_.-]{1,100}");

    private Names() {}

    static void check(String what, String id) {
        if (!ID.matcher(id).matches()) {
            throw new IllegalArgumentException("the id of a " + what + " has 1 to 100 of A-Z a-z 0-9 _ . -");
        }
    }
}
