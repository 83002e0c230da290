package dev.devmesh.schema;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * A regular expression that a text must contain a match of; anchor it with {@code ^} and {@code $} to match the whole.
 * It runs in linear time (RE2/J), so look-around and back-references are refused.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.RECORD_COMPONENT, ElementType.TYPE_USE})
public @interface Pattern {

    /** The regular expression. */
    String value();
}
