package dev.devmesh.schema;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** How long a text may be, in Unicode code points: {@code @Length(min = 1, max = 80) String name}. */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.RECORD_COMPONENT, ElementType.TYPE_USE})
public @interface Length {

    /** The fewest code points allowed. */
    int min() default 0;

    /** The most code points allowed; no bound by default. */
    int max() default Integer.MAX_VALUE;
}
