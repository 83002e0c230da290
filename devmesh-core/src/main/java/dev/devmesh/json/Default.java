package dev.devmesh.json;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The value that stands for an absent member, as JSON text: {@code @Default("10") int limit}, {@code @Default("\"main\"")
 * String branch}. The member is not required then, and reading a record fills it in.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Default {

    /** The value as JSON text. It must itself fit the component's schema. */
    String value();
}
