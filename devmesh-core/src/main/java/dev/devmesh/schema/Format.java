package dev.devmesh.schema;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** A format of JSON Schema that a text must have, such as {@code email}, {@code uri}, {@code ipv4} or {@code hostname}. */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.RECORD_COMPONENT, ElementType.TYPE_USE})
public @interface Format {

    /** The name of the format. */
    String value();
}
